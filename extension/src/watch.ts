/** Tells the screen, and the language server, what happens in the editor. */
import {
  commands,
  TextEditorSelectionChangeKind,
  window,
  workspace,
  type Disposable,
  type TextDocument,
  type TextEditor,
} from 'vscode';

import type { Screen } from './screen';
import type { Server } from './server';
import { didFocus } from './wire';

/** Of a cursor that moves on and on, the server hears once in so many milliseconds. */
const CURSOR_MS = 100;

export function watchEditing(screen: Screen, server: Server): Disposable[] {
  const focus = new Focus(server);
  return [
    workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      const changes = contentChanges.map(({ rangeOffset, rangeLength, text }) => ({
        offset: rangeOffset,
        length: rangeLength,
        text,
      }));
      screen.changed(document.uri.toString(), changes);
    }),
    window.onDidChangeTextEditorSelection(({ textEditor, selections, kind }) => {
      const { document, selection } = textEditor;
      const clicked = kind === TextEditorSelectionChangeKind.Mouse;
      if (clicked || selections.length > 1 || !selection.isEmpty) screen.left();
      else screen.moved(document.uri.toString(), document.offsetAt(selection.active));
      focus.moved(textEditor);
    }),
    window.onDidChangeActiveTextEditor((editor) => {
      screen.left();
      if (editor !== undefined) focus.entered(editor);
    }),
    focus,
  ];
}

/** Keys that take or refuse a suggestion, with VS Code's own commands behind them. */
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

/** Where the person looks; what typing does to the cursor the server sees for itself. */
class Focus implements Disposable {
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
