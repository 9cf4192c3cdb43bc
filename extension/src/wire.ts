/**
 * What goes over the wire beside the standard: Copilot's notifications about one item, and our own.
 * The other side is `lsp_types.py` in the language server.
 */
import {
  NotificationType,
  type InlineCompletionItem,
  type Position,
  type TextDocumentIdentifier,
} from 'vscode-languageclient/node';

/** The command of every item: the editor runs it when the item was taken whole. */
export const ACCEPTED = 'understudy.accepted';

/** Commands of the language server; the client registers them with the editor under these names. */
export const EXPLAIN = 'understudy.explain';
export const SNOOZE = 'understudy.snooze';
export const WAKE = 'understudy.wake';
export const CONSENT = 'understudy.consent';
export const DASHBOARD = 'understudy.dashboard';
export const FORGET = 'understudy.forget';
export const RECONNECT = 'understudy.reconnect';

export interface ItemNotice {
  item: InlineCompletionItem;
}

export interface PartialNotice extends ItemNotice {
  /** UTF-16 units from the start of the item's text, everything taken so far. */
  acceptedLength: number;
}

export interface FocusNotice {
  textDocument: TextDocumentIdentifier;
  position: Position;
}

/** A longer text is there for a suggestion that was offered at this place. */
export interface GrowthNotice {
  uri: string;
  version: number;
  position: Position;
  completion: string;
  /** Nothing more will follow. */
  done: boolean;
}

export type Kind = 'ready' | 'thinking' | 'indexing' | 'consent' | 'off' | 'snoozed' | 'trouble';

export interface Status {
  kind: Kind;
  message: string;
  /** What to do next; empty if nothing has to be done. */
  remedy?: string;
  model?: string;
  release?: string;
}

export const didShow = new NotificationType<ItemNotice>('textDocument/didShowCompletion');
export const didPartiallyAccept = new NotificationType<PartialNotice>(
  'textDocument/didPartiallyAcceptCompletion',
);
export const didReject = new NotificationType<ItemNotice>('understudy/didRejectCompletion');
export const didFocus = new NotificationType<FocusNotice>('textDocument/didFocus');
export const didGrow = new NotificationType<GrowthNotice>('understudy/didGrow');
export const didChangeStatus = new NotificationType<Status>('understudy/didChangeStatus');

/** The id of the completion that an item is cut from; undefined for what is not an item of ours. */
export function completionOf(item: InlineCompletionItem): string | undefined {
  const id: unknown = item.command?.arguments?.[0];
  return typeof id === 'string' ? id : undefined;
}
