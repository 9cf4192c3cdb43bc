/**
 * How the program is installed: from what the extension carries.
 *
 * Never by its name. `understudy` in the index of Python packages is somebody else's package, and
 * installing it would run a stranger's code.
 */
import { join } from 'node:path';

/** The command for a terminal. `root` is the folder of the extension, `version` its own. */
export function installation(root: string, version: string): string {
  const wheel = join(root, 'extension', 'dist', `understudy-${version}-py3-none-any.whl`);
  const overrides = join(root, 'requirements', 'overrides.txt');
  const program = `${wheel}[lsp,server,engine-cpu]`;
  return `uv tool install --torch-backend cpu --overrides "${overrides}" "${program}"`;
}
