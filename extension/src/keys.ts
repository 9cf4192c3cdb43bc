/** Keys that take or refuse a suggestion, with VS Code's own commands behind them. */
import { commands, type Disposable } from 'vscode';

import type { Screen } from './screen';

export function registerKeys(screen: Screen): Disposable[] {
  const editor = (name: string) => commands.executeCommand(`editor.action.inlineSuggest.${name}`);
  const register = (name: string, action: () => Thenable<unknown>) =>
    commands.registerCommand(`understudy.${name}`, action);
  return [
    register('acceptWord', () => screen.takes(() => editor('acceptNextWord'))),
    register('acceptLine', () => screen.takes(() => editor('acceptNextLine'))),
    register('suggest', () => editor('trigger')),
    register('next', () => editor('showNext')),
    register('dismiss', () => {
      screen.rejected();
      return editor('hide');
    }),
  ];
}
