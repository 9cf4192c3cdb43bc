/** When an answer has been drawn, as far as an extension can know. */
import { commands } from 'vscode';

/** A frame at sixty a second, and half of one. */
const FRAME_MS = 25;

/**
 * Runs the action when the editor has had an answer that is given now, and a frame to draw it; unless
 * the returned function is called before.
 *
 * Keys pressed before the editor got the answer are told before it answers us, however slow the
 * machine is: a command that does nothing goes there and back behind the answer.
 */
export function whenDrawn(action: () => void): () => void {
  let timer: NodeJS.Timeout | undefined = setTimeout(async () => {
    const sent = Date.now();
    await commands.executeCommand('setContext', 'understudy.drawing', true);
    if (timer !== undefined) timer = setTimeout(action, FRAME_MS - (Date.now() - sent));
  });
  return () => {
    clearTimeout(timer);
    timer = undefined;
  };
}
