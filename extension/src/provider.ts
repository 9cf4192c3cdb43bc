/** Ghost text: the language server's answers, and what the editor lets us know of them. */
import {
  Range,
  window,
  type CancellationToken,
  type InlineCompletionContext,
  type InlineCompletionItem,
  type InlineCompletionItemProvider,
  type Position,
  type TextDocument,
} from 'vscode';
import type { InlineCompletionItem as SentItem } from 'vscode-languageclient/node';

import type { Screen } from './screen';
import type { Answer, Server } from './server';
import { completionOf } from './wire';

export class Provider implements InlineCompletionItemProvider {
  private readonly sent = new WeakMap<InlineCompletionItem, SentItem>();

  constructor(
    private readonly server: Server,
    private readonly screen: Screen,
  ) {}

  async provideInlineCompletionItems(
    document: TextDocument,
    position: Position,
    context: InlineCompletionContext,
    token: CancellationToken,
  ): Promise<InlineCompletionItem[] | undefined> {
    const { version } = document;
    const answer = await this.server.ask(document, position, context, token);
    if (answer === undefined || document.version !== version) return undefined;
    return this.give(answer, document, position, context, token);
  }

  /** The answer goes to the editor, for a request that it made just now. */
  give(
    answer: Answer,
    document: TextDocument,
    position: Position,
    context: InlineCompletionContext,
    token: CancellationToken,
  ): InlineCompletionItem[] {
    answer.items.forEach((item, index) => {
      const sent = answer.sent[index];
      if (sent !== undefined) this.sent.set(item, sent);
    });
    const [item] = answer.items;
    const [sent] = answer.sent;
    const completion = sent && completionOf(sent);
    if (item === undefined || sent === undefined || completion === undefined) return answer.items;
    const { version } = document;
    const stands = (): boolean => {
      const editor = window.activeTextEditor;
      return (
        !token.isCancellationRequested &&
        editor?.document === document &&
        document.version === version &&
        editor.selection.isEmpty &&
        editor.selection.active.isEqual(position) &&
        fits(item, document, context)
      );
    };
    const uri = document.uri.toString();
    const start = document.offsetAt(item.range?.start ?? position);
    const text = item.insertText as string;
    const offer = { item: sent, completion, uri, start, text };
    this.screen.offered(offer, document.offsetAt(position), stands);
    return answer.items;
  }

  /**
   * This and the next are proposed interface of VS Code, called by few editors (code-server is one).
   * Where they are called, nothing has to be inferred.
   */
  handleDidShowCompletionItem(item: InlineCompletionItem): void {
    const sent = this.sent.get(item);
    const completion = sent && completionOf(sent);
    if (completion !== undefined) this.screen.drawn(completion);
  }

  handleDidPartiallyAcceptCompletionItem(
    item: InlineCompletionItem,
    taken: number | { acceptedLength: number },
  ): void {
    const sent = this.sent.get(item);
    // An older form of the call, with a number, comes beside the newer one.
    if (sent !== undefined && typeof taken === 'object') {
      this.screen.tookPart(sent, taken.acceptedLength);
    }
  }
}

/** Beside an open list of completions the editor draws only what goes on with the chosen one. */
function fits(
  item: InlineCompletionItem,
  document: TextDocument,
  { selectedCompletionInfo: chosen }: InlineCompletionContext,
): boolean {
  if (chosen === undefined || item.range === undefined) return true;
  const before = document.getText(new Range(chosen.range.start, item.range.start));
  return (before + (item.insertText as string)).startsWith(chosen.text);
}
