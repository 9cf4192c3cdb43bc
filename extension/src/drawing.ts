/** When an answer has been drawn, as far as an extension can know. */
import { commands } from 'vscode';

/**
 * Runs the action when the editor has had an answer that is given now; unless the returned function
 * is called before.
 *
 * A command that does nothing goes to the editor and back behind the answer. Keys pressed before the
 * editor had the answer are told before it returns, however slow the machine is; if there were none,
 * the answer was drawn. (Waiting 25 ms instead was wrong 4 times in 184 on a busy machine.)
 */
export function whenDrawn(action: () => void): () => void {
  let wanted = true;
  setImmediate(async () => {
    await commands.executeCommand('setContext', 'understudy.drawing', true);
    if (wanted) action();
  });
  return () => {
    wanted = false;
  };
}
