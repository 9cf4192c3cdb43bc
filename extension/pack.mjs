// Packs what `files` in package.json names as extension/dist/understudy.vsix.
//
// From a folder of its own, because vsce lists everything below the folder that it packs: in the
// root of the repository that is a Python environment with a hundred thousand files.
//
// The program goes along as a wheel, because in the index of Python packages its name is somebody
// else's: there is nothing there to install.
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

import { createVSIX } from '@vscode/vsce';

const folder = 'extension/dist/package';
const { scripts, devDependencies, files, ...manifest } = JSON.parse(readFileSync('package.json'));

rmSync(folder, { recursive: true, force: true });
for (const name of files) cpSync(name, `${folder}/${name}`, { recursive: true });
const build = ['-m', 'hatchling', 'build', '-t', 'wheel', '-d', `${folder}/extension/dist`];
execFileSync('.venv/bin/python', build, { stdio: 'pipe' });
writeFileSync(`${folder}/package.json`, JSON.stringify({ ...manifest, files: ['**'] }, null, 2));
await createVSIX({
  cwd: folder,
  packagePath: 'extension/dist/understudy.vsix',
  readmePath: 'docs/editors/vscode.md',
  dependencies: false,
  allowMissingRepository: true,
  rewriteRelativeLinks: false,
});
