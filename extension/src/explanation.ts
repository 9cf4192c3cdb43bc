/** What went into the last prompt, or why nothing was shown, as a page. */
import {
  commands,
  EventEmitter,
  Uri,
  type Disposable,
  type TextDocumentContentProvider,
  workspace,
} from 'vscode';

import type { Server } from './server';
import { EXPLAIN } from './wire';

const SCHEME = 'understudy';
const PAGE = Uri.parse(`${SCHEME}:Understudy explains.md`);

export class Explanation implements TextDocumentContentProvider, Disposable {
  private readonly changes = new EventEmitter<Uri>();
  private readonly registered = workspace.registerTextDocumentContentProvider(SCHEME, this);
  private text = '';

  readonly onDidChange = this.changes.event;

  constructor(private readonly server: Server) {}

  async show(): Promise<void> {
    const answer = await this.server.run<{ text: string }>(EXPLAIN);
    this.text = answer?.text ?? 'The language server does not run.';
    this.changes.fire(PAGE);
    await commands.executeCommand('markdown.showPreviewToSide', PAGE);
  }

  provideTextDocumentContent(): string {
    return this.text;
  }

  dispose(): void {
    this.registered.dispose();
    this.changes.dispose();
  }
}
