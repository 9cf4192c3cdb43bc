import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { findExecutable, type Surroundings } from '../../extension/src/executable';

/** A home with a folder that is open below it, and nothing installed. */
function machine(): Surroundings & { put(...path: string[]): string } {
  const home = mkdtempSync(join(tmpdir(), 'understudy-home-'));
  const open = join(home, 'work', 'open');
  mkdirSync(open, { recursive: true });
  return {
    home,
    workspace: [open],
    windows: false,
    environment: {},
    put(...path) {
      const file = join(home, ...path);
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, '#!/bin/sh\n');
      chmodSync(file, 0o755);
      return file;
    },
  };
}

test('it is found on PATH before anywhere else', async () => {
  const around = machine();
  const installed = around.put('tools', 'understudy');
  around.put('.local', 'bin', 'understudy');
  around.environment['PATH'] = join(around.home, 'tools');
  assert.equal(await findExecutable('understudy', '', around), installed);
});

test('it is found where uv and pipx put it, with no PATH at all', async () => {
  const around = machine();
  const installed = around.put('.local', 'bin', 'understudy');
  assert.equal(await findExecutable('understudy', '', around), installed);
});

test('it is never taken from the folder that is open, by whatever way', async () => {
  const around = machine();
  around.put('work', 'open', '.venv', 'bin', 'understudy');
  around.put('work', 'open', 'understudy');
  const [open] = around.workspace;
  symlinkSync(join(open as string, '.venv', 'bin'), join(around.home, 'linked'));
  const bin = join(open as string, '.venv', 'bin');
  const ways = [bin, open, '.', '', '.venv/bin', join(around.home, 'linked')];
  around.environment['PATH'] = ways.join(':');
  around.environment['PIPX_BIN_DIR'] = bin;
  assert.equal(await findExecutable('understudy', '', around), undefined);
});

test('a chosen path is taken as it is, and nothing else in its place', async () => {
  const around = machine();
  const installed = around.put('.local', 'bin', 'understudy');
  const chosen = around.put('work', 'open', '.venv', 'bin', 'understudy');
  assert.equal(await findExecutable('understudy', chosen, around), chosen);
  const short = '~/.local/bin/understudy';
  assert.equal(await findExecutable('understudy', short, around), installed);
  assert.equal(await findExecutable('understudy', '/nowhere/understudy', around), undefined);
  assert.equal(await findExecutable('understudy', 'understudy', around), undefined);
});
