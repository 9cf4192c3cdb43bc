/**
 * The extension with a witness: what VS Code's own (proposed) handlers say goes to a file, and is
 * kept from the extension, which has to infer it as in an editor without them.
 */
import { appendFileSync, writeFileSync } from 'node:fs';

import {
  languages,
  Uri,
  workspace,
  type ExtensionContext,
  type InlineCompletionItem,
} from 'vscode';

import { activate as activateReal } from '../../../extension/src/extension';

export { deactivate } from '../../../extension/src/extension';

const folder = process.env['UNDERSTUDY_WITNESS'] as string;

export async function activate(context: ExtensionContext): Promise<void> {
  const keys = Uri.parse('vscode://defaultsettings/keybindings.json');
  writeFileSync(`${folder}/keybindings.json`, (await workspace.openTextDocument(keys)).getText());
  return activateReal(context, (selector, provider) => {
    const witnessed = {
      provideInlineCompletionItems: provider.provideInlineCompletionItems.bind(provider),
      handleDidShowCompletionItem: (item: InlineCompletionItem) => note('shown', item),
      handleDidPartiallyAcceptCompletionItem: (item: InlineCompletionItem, taken: unknown) => {
        if (typeof taken === 'object') note('partial', item, taken);
      },
      handleEndOfLifetime: (item: InlineCompletionItem, reason: { kind: number }) =>
        note(['accepted', 'rejected', 'ignored'][reason.kind] ?? '', item),
    };
    return languages.registerInlineCompletionItemProvider(selector, witnessed);
  });
}

function note(what: string, item: InlineCompletionItem, more: unknown = {}): void {
  const completion: unknown = item.command?.arguments?.[0];
  const line = JSON.stringify({ at: Date.now() / 1000, what, completion, start: item.range?.start, more });
  appendFileSync(`${folder}/truth.jsonl`, `${line}\n`);
}
