import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { installation } from '../../extension/src/installation';

test('what is installed is a file of the extension, spaces in its path or not', () => {
  const command = installation(join('/home', 'a b', 'understudy'), '1.2.3');
  const [overrides, program] = [...command.matchAll(/"([^"]+)"/g)].map(([, path]) => path);
  assert.equal(overrides, '/home/a b/understudy/requirements/overrides.txt');
  const wheel = '/home/a b/understudy/extension/dist/understudy-1.2.3-py3-none-any.whl';
  assert.equal(program, `${wheel}[lsp,server,engine-cpu]`);
});
