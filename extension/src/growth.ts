/**
 * Ghost text that grows while the model writes.
 *
 * VS Code takes an answer once, and asks a provider again only after something was typed. But a
 * provider that it has not asked yet it asks when told to, and puts the answer in the place of what
 * it shows, in one step: so each longer text gets a provider of its own. (Hiding the shorter text
 * and asking again leaves frames without any on a busy machine.) The language server says when: at
 * most three times a suggestion, 0.3 s apart.
 */
import {
  CancellationTokenSource,
  commands,
  InlineCompletionTriggerKind,
  window,
  type CancellationToken,
  type Disposable,
  type InlineCompletionContext,
  type InlineCompletionItem,
  type InlineCompletionItemProvider,
  type Position,
  type TextDocument,
  type TextEditor,
} from 'vscode';

import type { Provider } from './provider';
import type { Screen } from './screen';
import type { Answer, Server } from './server';
import type { GrowthNotice } from './wire';

export class Growth implements Disposable {
  private longer: Disposable | undefined;

  /** `extension`: our own id, by which the editor is told whom to ask. */
  constructor(
    private readonly server: Server,
    private readonly screen: Screen,
    private readonly provider: Provider,
    private readonly register: (provider: InlineCompletionItemProvider) => Disposable,
    private readonly extension: string,
  ) {}

  async grew(notice: GrowthNotice): Promise<void> {
    const editor = window.activeTextEditor;
    if (editor === undefined || !this.stands(editor, notice)) return;
    const context = {
      triggerKind: InlineCompletionTriggerKind.Automatic,
      selectedCompletionInfo: undefined,
    };
    const { token } = new CancellationTokenSource();
    const { document, selection } = editor;
    const answer = await this.server.ask(document, selection.active, context, token);
    if (answer === undefined || !this.stands(editor, notice) || !this.goesOn(answer, notice)) return;
    const longer = new Longer(this.provider, answer, () => this.stands(editor, notice));
    // The one before may be on the screen until now.
    this.dispose();
    this.longer = this.register(longer);
    const ours = { explicit: false, providerId: `${this.extension.toLowerCase()}:*` };
    await commands.executeCommand('editor.action.inlineSuggest.trigger', ours);
    if (longer.invoked) {
      // An older VS Code, which asks everybody and keeps what it shows (1.103 and before).
      await commands.executeCommand('editor.action.inlineSuggest.hide');
      await commands.executeCommand('editor.action.inlineSuggest.trigger');
    }
  }

  dispose(): void {
    this.longer?.dispose();
    this.longer = undefined;
  }

  /** Whether the suggestion that grew is still the one at the cursor. */
  private stands(editor: TextEditor, notice: GrowthNotice): boolean {
    const { line, character } = editor.selection.active;
    return (
      window.activeTextEditor === editor &&
      editor.document.uri.toString() === notice.uri &&
      editor.document.version === notice.version &&
      editor.selection.isEmpty &&
      line === notice.position.line &&
      character === notice.position.character &&
      this.screen.rest(notice.completion) !== undefined
    );
  }

  /** What is being read is only ever added to. */
  private goesOn(answer: Answer, { completion }: GrowthNotice): boolean {
    const now = this.screen.rest(completion);
    const text = answer.items[0]?.insertText;
    return now !== undefined && typeof text === 'string' && text !== now && text.startsWith(now);
  }
}

/** Gives one answer, once. */
class Longer implements InlineCompletionItemProvider {
  /** It was asked as if by hand, which is not how we asked. */
  invoked = false;
  private given = false;

  constructor(
    private readonly provider: Provider,
    private readonly answer: Answer,
    private readonly stands: () => boolean,
  ) {}

  provideInlineCompletionItems(
    document: TextDocument,
    position: Position,
    context: InlineCompletionContext,
    token: CancellationToken,
  ): InlineCompletionItem[] | undefined {
    if (this.given || !this.stands()) return undefined;
    this.given = true;
    this.invoked = context.triggerKind === InlineCompletionTriggerKind.Invoke;
    if (this.invoked) return undefined;
    return this.provider.give(this.answer, document, position, context, token);
  }

  handleDidShowCompletionItem(item: InlineCompletionItem): void {
    this.provider.handleDidShowCompletionItem(item);
  }

  handleDidPartiallyAcceptCompletionItem(
    item: InlineCompletionItem,
    taken: number | { acceptedLength: number },
  ): void {
    this.provider.handleDidPartiallyAcceptCompletionItem(item, taken);
  }
}
