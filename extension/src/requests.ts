/** What a person asks of the language server in so many words. */
import { ConfigurationTarget, window, workspace } from 'vscode';

import type { Server } from './server';
import { CONSENT, FORGET, SNOOZE } from './wire';

const SNOOZES: readonly [string, number][] = [
  ['5 Minutes', 5],
  ['30 Minutes', 30],
  ['2 Hours', 120],
  ['A Day', 1440],
];

type Languages = Record<string, boolean>;

export async function snoozeFor(server: Server): Promise<void> {
  const items = SNOOZES.map(([label, minutes]) => ({ label, minutes }));
  const chosen = await window.showQuickPick(items, { placeHolder: 'No suggestions for …' });
  if (chosen !== undefined) await server.run(SNOOZE, chosen.minutes);
}

export async function askConsent(server: Server): Promise<void> {
  const items = [
    {
      label: '$(check) Remember',
      detail:
        'What becomes of suggestions here is kept on your gateway, secrets taken out, to learn from.',
      agreed: true,
    },
    {
      label: '$(circle-slash) Do Not Remember',
      detail: 'Suggestions come all the same, and nothing about this repository is kept.',
      agreed: false,
    },
  ];
  const chosen = await window.showQuickPick(items, {
    placeHolder: 'May Understudy remember what becomes of its suggestions in the open folders?',
  });
  if (chosen !== undefined) await server.run(CONSENT, chosen.agreed);
}

export async function forgetRepository(server: Server): Promise<void> {
  const forget = 'Forget';
  const answer = await window.showWarningMessage(
    'Forget everything that was remembered of the open folders?',
    { modal: true, detail: 'It is deleted on the gateway and here, and cannot be brought back.' },
    forget,
  );
  if (answer !== forget) return;
  try {
    const gone = await server.run<{ completions: number; events: number }>(FORGET);
    if (gone === undefined) return;
    void window.showInformationMessage(
      `Forgotten: ${gone.completions} completions and ${gone.events} events.`,
    );
  } catch (error) {
    void window.showErrorMessage(`Nothing was forgotten. ${reason(error)}`);
  }
}

/** Where it is set now, because a workspace's word stands above the person's own. */
export async function toggle(): Promise<void> {
  const settings = workspace.getConfiguration('understudy');
  const here = settings.inspect<boolean>('enabled')?.workspaceValue !== undefined;
  const target = here ? ConfigurationTarget.Workspace : ConfigurationTarget.Global;
  await settings.update('enabled', !settings.get('enabled', true), target);
}

/** Where this language is set now; what others are set to stays where it is. */
export async function toggleLanguage(language: string | undefined): Promise<void> {
  if (language === undefined) return;
  const settings = workspace.getConfiguration('understudy');
  const together = settings.get<Languages>('languages', {});
  const next = { [language]: !(together[language] ?? together['*'] ?? true) };
  const { globalValue, workspaceValue } = settings.inspect<Languages>('languages') ?? {};
  if (workspaceValue?.[language] !== undefined) {
    const languages = { ...workspaceValue, ...next };
    await settings.update('languages', languages, ConfigurationTarget.Workspace);
  } else {
    await settings.update('languages', { ...globalValue, ...next }, ConfigurationTarget.Global);
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
