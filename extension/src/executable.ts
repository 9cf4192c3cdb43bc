/**
 * Where the `understudy` program is.
 *
 * Never in the folder that is open: opening somebody's repository must not run what lies in it, a
 * planted `.venv` included. Whoever wants that names the path in their own settings, which a
 * workspace cannot change.
 */
import { realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join, relative } from 'node:path';

export interface Surroundings {
  environment: NodeJS.ProcessEnv;
  home: string;
  windows: boolean;
  /** Folders that are open, as paths. */
  workspace: readonly string[];
}

export function surroundings(workspace: readonly string[]): Surroundings {
  const windows = process.platform === 'win32';
  return { environment: process.env, home: homedir(), windows, workspace };
}

/**
 * The program's absolute path: `chosen` (a setting) if there is one, otherwise wherever it is
 * usually installed. Undefined if there is none.
 */
export async function findExecutable(
  name: string,
  chosen: string,
  around: Surroundings,
): Promise<string | undefined> {
  if (chosen !== '') {
    const path = chosen.replace(/^~(?=[/\\])/, around.home);
    return isAbsolute(path) && (await isFile(path)) ? path : undefined;
  }
  const folders = [...onPath(around), ...usual(around)];
  for (const folder of new Set(folders)) {
    const path = join(folder, around.windows ? `${name}.exe` : name);
    if ((await isFile(path)) && !(await isInside(folder, around.workspace))) return path;
  }
  return undefined;
}

function onPath({ environment }: Surroundings): string[] {
  const path = environment['PATH'] ?? environment['Path'] ?? '';
  // A relative entry would depend on the folder that is open.
  return path.split(delimiter).filter((folder) => isAbsolute(folder));
}

/** Where pipx, uv and Homebrew put programs: an editor started from a dock has a short PATH. */
function usual({ environment, home, windows }: Surroundings): string[] {
  const told = [environment['UV_TOOL_BIN_DIR'], environment['PIPX_BIN_DIR']];
  const all = [...told, environment['XDG_BIN_HOME'], join(home, '.local', 'bin')];
  const folders = all.flatMap((folder) => (folder && isAbsolute(folder) ? [folder] : []));
  return windows ? folders : [...folders, '/opt/homebrew/bin', '/usr/local/bin'];
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function isInside(folder: string, workspace: readonly string[]): Promise<boolean> {
  const real = await realpath(folder);
  for (const root of workspace) {
    const way = relative(await realpath(root).catch(() => root), real);
    if (!way.startsWith('..') && !isAbsolute(way)) return true;
  }
  return false;
}
