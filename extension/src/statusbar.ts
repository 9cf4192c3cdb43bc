/** The line in the status bar: how things stand, and what to do about it. */
import {
  MarkdownString,
  StatusBarAlignment,
  ThemeColor,
  window,
  type Disposable,
  type StatusBarItem,
} from 'vscode';

import type { Kind, Status } from './wire';

const ICONS: Record<Kind, string> = {
  ready: 'mortar-board',
  thinking: 'loading~spin',
  indexing: 'sync~spin',
  consent: 'question',
  off: 'circle-slash',
  snoozed: 'bell-slash',
  trouble: 'warning',
};

export const STARTING: Status = { kind: 'indexing', message: 'Understudy is starting.' };

export class StatusBar implements Disposable {
  private readonly item: StatusBarItem;
  private shown: Status = STARTING;

  constructor() {
    this.item = window.createStatusBarItem('understudy', StatusBarAlignment.Right, 100);
    this.item.name = 'Understudy';
    this.item.command = 'understudy.menu';
    this.show(STARTING);
    this.item.show();
  }

  get current(): Status {
    return this.shown;
  }

  show(status: Status): void {
    this.shown = status;
    const { kind, message } = status;
    this.item.text = `$(${ICONS[kind]}) Understudy`;
    this.item.tooltip = tooltip(status);
    this.item.accessibilityInformation = { label: message, role: 'button' };
    this.item.backgroundColor =
      kind === 'trouble' ? new ThemeColor('statusBarItem.warningBackground') : undefined;
  }

  dispose(): void {
    this.item.dispose();
  }
}

function tooltip({ message, remedy, model, release }: Status): MarkdownString {
  const text = new MarkdownString();
  // As text, not as Markdown: it may hold the name of a folder.
  text.appendText([message, remedy].filter(Boolean).join(' '));
  if (model) {
    text.appendMarkdown('\n\n');
    text.appendText(release ? `${model}, release ${release.slice(0, 12)}` : model);
  }
  return text;
}
