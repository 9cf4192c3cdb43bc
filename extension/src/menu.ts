/** What the status bar offers: the few things to do, those that mend something first. */
import { commands, QuickPickItemKind, window, type QuickPickItem } from 'vscode';

import { wantsGateway } from './programs';
import type { Status } from './wire';

interface Entry extends QuickPickItem {
  /** Command of ours; none for a separator. */
  command?: string;
}

export async function showMenu(status: Status, language: string | undefined): Promise<void> {
  const placeHolder = [status.message, status.remedy].filter(Boolean).join(' ');
  const chosen = await window.showQuickPick(entries(status, language), { placeHolder });
  if (chosen?.command !== undefined) await commands.executeCommand(chosen.command);
}

function entries(status: Status, language: string | undefined): Entry[] {
  const { kind } = status;
  const remember: Entry = {
    label: '$(shield) What May Be Remembered Here…',
    command: 'understudy.askConsent',
  };
  const first: Partial<Record<Status['kind'], Entry[]>> = {
    trouble: [
      ...(wantsGateway(status)
        ? [{ label: '$(play) Start the Gateway', command: 'understudy.startGateway' }]
        : []),
      { label: '$(refresh) Look for the Gateway Again', command: 'understudy.reconnectGateway' },
      { label: '$(output) Show the Log', command: 'understudy.showLog' },
    ],
    consent: [remember],
    snoozed: [{ label: '$(bell) Wake Up', command: 'understudy.wakeUp' }],
    off: [{ label: '$(circle-large) Switch On', command: 'understudy.toggle' }],
  };
  const usual: Entry[] = [
    { label: '$(info) Explain the Last Suggestion', command: 'understudy.showExplanation' },
    { label: '$(graph) Show the Dashboard', command: 'understudy.showDashboard' },
    ...(kind === 'snoozed' || kind === 'off'
      ? []
      : [
          { label: '$(bell-slash) Snooze…', command: 'understudy.snoozeFor' },
          { label: '$(circle-slash) Switch Off', command: 'understudy.toggle' },
        ]),
    ...(language === undefined
      ? []
      : [
          {
            label: `$(symbol-misc) Switch On or Off for ${language}`,
            command: 'understudy.toggleLanguage',
          },
        ]),
    ...(kind === 'consent' ? [] : [remember]),
    { label: '$(trash) Forget This Repository…', command: 'understudy.forgetRepository' },
    { label: '$(debug-restart) Restart the Language Server', command: 'understudy.restart' },
    { label: '$(settings-gear) Settings', command: 'understudy.openSettings' },
  ];
  const mending = first[kind] ?? [];
  const line: Entry = { label: '', kind: QuickPickItemKind.Separator };
  return mending.length > 0 ? [...mending, line, ...usual] : usual;
}
