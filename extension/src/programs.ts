/** The `understudy` program: found, or how to get it; and the gateway, in a terminal. */
import { homedir } from 'node:os';

import { commands, env, Uri, window, workspace, type Extension } from 'vscode';

import { findExecutable, surroundings } from './executable';
import { installation } from './installation';
import type { Status } from './wire';

/** The setting that names the program. */
export const COMMAND = 'understudy.server.command';

const UV = 'https://docs.astral.sh/uv/getting-started/installation/';

export function findUnderstudy(): Promise<string | undefined> {
  return findExecutable('understudy', chosen(), surroundings(folders()));
}

/** Says what is missing and offers what mends it. */
export async function offerInstallation(): Promise<void> {
  const path = chosen();
  const problem =
    path === ''
      ? 'Understudy needs its program `understudy`, which is not installed on this machine.'
      : 'There is no program where the setting `understudy.server.command` says.';
  const remedy = 'Install it from what this extension brings, or set its path.';
  const install = 'Install in a Terminal';
  const set = 'Set the Path';
  const answer = await window.showErrorMessage(`${problem} ${remedy}`, install, set);
  if (answer === install) await commands.executeCommand('understudy.installServer');
  if (answer === set) {
    await commands.executeCommand('workbench.action.openSettings', COMMAND);
  }
}

/** Types the command, and leaves it to the person to press Enter. */
export async function typeInstallation(ours: Extension<unknown>): Promise<void> {
  if ((await findExecutable('uv', '', surroundings(folders()))) === undefined) return offerUv();
  // Elsewhere than in the folder that is open, where a file could change what the tool does.
  const terminal = window.createTerminal({ name: 'Install Understudy', cwd: homedir() });
  terminal.show();
  const { version } = ours.packageJSON as { version: string };
  terminal.sendText(installation(ours.extensionPath, version), false);
}

async function offerUv(): Promise<void> {
  const how = 'How to Get uv';
  const problem = 'Understudy is installed with `uv`, which was not found on this machine.';
  const remedy = 'Get it, then install Understudy again.';
  const answer = await window.showErrorMessage(`${problem} ${remedy}`, how);
  if (answer === how) await env.openExternal(Uri.parse(UV));
}

export async function startGateway(): Promise<void> {
  const path = await findUnderstudy();
  if (path === undefined) return offerInstallation();
  window
    .createTerminal({
      name: 'Understudy Gateway',
      shellPath: path,
      shellArgs: ['serve'],
      cwd: Uri.file(homedir()),
    })
    .show();
}

/** Whether starting a gateway on this machine would mend it: the remedy says so by the command. */
export function wantsGateway({ kind, remedy }: Status): boolean {
  return kind === 'trouble' && (remedy ?? '').includes('`understudy serve`');
}

export async function offerGateway({ message }: Status): Promise<void> {
  const start = 'Start the Gateway';
  const answer = await window.showWarningMessage(message, start, 'Not Now');
  if (answer === start) await startGateway();
}

function chosen(): string {
  return workspace.getConfiguration().get(COMMAND, '').trim();
}

function folders(): string[] {
  return (workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
}
