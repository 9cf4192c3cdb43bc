/** Where the person looks; what typing does to the cursor the server sees for itself. */
import type { Disposable, TextDocument, TextEditor } from 'vscode';

import type { Server } from './server';
import { didFocus } from './wire';

/** Of a cursor that moves on and on, the server hears once in so many milliseconds. */
const CURSOR_MS = 100;

export class Focus implements Disposable {
  private readonly versions = new WeakMap<TextDocument, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly server: Server) {}

  entered(editor: TextEditor): void {
    this.versions.set(editor.document, editor.document.version);
    this.tell(editor);
  }

  moved(editor: TextEditor): void {
    const { document } = editor;
    const typed = this.versions.get(document) !== document.version;
    this.versions.set(document, document.version);
    if (typed || this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.versions.get(document) === document.version) this.tell(editor);
    }, CURSOR_MS);
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  private tell({ document, selection }: TextEditor): void {
    if (document.uri.scheme !== 'file' && document.uri.scheme !== 'untitled') return;
    const { line, character } = selection.active;
    const uri = document.uri.toString();
    this.server.tell(didFocus, { textDocument: { uri }, position: { line, character } });
  }
}
