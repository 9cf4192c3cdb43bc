/** Tells the screen what happens in the editor, and the language server where. */
import { TextEditorSelectionChangeKind, window, workspace, type Disposable } from 'vscode';

import type { Focus } from './focus';
import type { Screen } from './screen';

export function watchEditing(screen: Screen, focus: Focus): Disposable[] {
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
  ];
}
