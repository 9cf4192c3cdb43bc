/** Pages that the language server writes: why there was a suggestion, and what became of them. */
import {
  commands,
  EventEmitter,
  Uri,
  window,
  workspace,
  type Disposable,
  type TextDocumentContentProvider,
} from 'vscode';

import type { Server } from './server';

const SCHEME = 'understudy';

export class Pages implements TextDocumentContentProvider, Disposable {
  private readonly changes = new EventEmitter<Uri>();
  private readonly registered = workspace.registerTextDocumentContentProvider(SCHEME, this);
  private readonly texts = new Map<string, string>();

  readonly onDidChange = this.changes.event;

  constructor(private readonly server: Server) {}

  /** What a command of the language server has to say, in Markdown, beside the editor. */
  async show(title: string, command: string): Promise<void> {
    const page = Uri.from({ scheme: SCHEME, path: `${title}.md` });
    try {
      const answer = await this.server.run<{ text: string }>(command);
      this.texts.set(page.path, answer?.text ?? 'The language server does not run.');
    } catch (error) {
      void window.showErrorMessage(error instanceof Error ? error.message : String(error));
      return;
    }
    this.changes.fire(page);
    await commands.executeCommand('markdown.showPreviewToSide', page);
  }

  provideTextDocumentContent({ path }: Uri): string {
    return this.texts.get(path) ?? '';
  }

  dispose(): void {
    this.registered.dispose();
    this.changes.dispose();
  }
}
