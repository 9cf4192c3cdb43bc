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

export async function toggle(): Promise<void> {
  const settings = workspace.getConfiguration('understudy');
  await settings.update('enabled', !settings.get('enabled', true), ConfigurationTarget.Global);
}

export async function toggleLanguage(language: string | undefined): Promise<void> {
  if (language === undefined) return;
  const settings = workspace.getConfiguration('understudy');
  const languages = settings.get<Record<string, boolean>>('languages', {});
  const now = languages[language] ?? languages['*'] ?? true;
  const next = { ...languages, [language]: !now };
  await settings.update('languages', next, ConfigurationTarget.Global);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
