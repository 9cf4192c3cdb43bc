/**
 * What the person sees: one suggestion at most, followed from the answer that brought it.
 *
 * VS Code's stable interface tells an extension only that an item was taken whole, so the rest is
 * inferred from edits, cursor moves and our own keys. Ghost text that stays the same over several
 * answers is one suggestion: each key brings another answer, and counting each as seen would halve
 * the acceptance rate.
 */
import type { InlineCompletionItem } from 'vscode-languageclient/node';

export interface Offer {
  /** As the language server sent it. */
  item: InlineCompletionItem;
  completion: string;
  uri: string;
  /** Where its text begins, in UTF-16 units from the start of the document. */
  start: number;
  text: string;
}

/** One replacement in a document: `text` for the `length` units at `offset`. */
export interface Change {
  offset: number;
  length: number;
  text: string;
}

/** Whom the screen tells. */
export interface Report {
  shown(item: InlineCompletionItem): void;
  partiallyAccepted(item: InlineCompletionItem, length: number): void;
  rejected(item: InlineCompletionItem): void;
}

/** Runs the action when an answer that is given now is drawn, unless the result is called before. */
export type WhenDrawn = (action: () => void) => () => void;

interface Live {
  offer: Offer;
  /** The answer before, of the same ghost text: the editor may be about to take of that. */
  before: Offer | undefined;
  /** How much of its text stands in the document before the cursor. */
  reached: number;
  shown: boolean;
  /** Stops waiting for it to be drawn. */
  cancel: () => void;
}

export class Screen {
  private live: Live | undefined;
  /** The editor tells what it drew, so nothing is inferred. */
  private told = false;
  private taking = false;

  constructor(
    private readonly report: Report,
    private readonly whenDrawn: WhenDrawn,
  ) {}

  /** An answer goes to the editor now. `stands`: whether it can be on the screen when asked. */
  offered(offer: Offer, cursor: number, stands: () => boolean): void {
    this.live?.cancel();
    const before = this.live !== undefined && goesOn(this.live, offer) ? this.live : undefined;
    const shown = before?.shown ?? false;
    const reached = cursor - offer.start;
    const live: Live = { offer, before: before?.offer, reached, shown, cancel: () => {} };
    this.live = live;
    if (!shown && !this.told) {
      live.cancel = this.whenDrawn(() => {
        if (stands()) this.see(live);
      });
    }
  }

  /** The editor itself says that it drew an item; few editors do. */
  drawn(completion: string): void {
    this.told = true;
    if (this.live?.offer.completion === completion) this.see(this.live);
  }

  /** The editor itself says that so much of an item was taken: the newest, or the one before. */
  tookPart(item: InlineCompletionItem, length: number): void {
    this.told = true;
    const { live } = this;
    const behind = live?.before?.item === item ? live.offer.start - live.before.start : 0;
    this.report.partiallyAccepted(behind > 0 && live ? live.offer.item : item, length - behind);
  }

  changed(uri: string, changes: readonly Change[]): void {
    const live = this.live;
    const [change, ...more] = changes;
    if (live?.offer.uri !== uri || change === undefined) return;
    live.cancel();
    const reached = more.length > 0 ? undefined : reach(live, this.taking ? change : byHand(change));
    if (reached === undefined) {
      this.live = undefined;
      return;
    }
    live.reached = reached;
    const whole = reached === live.offer.text.length;
    if (whole && change.text.length > 1) {
      this.see(live); // taken whole; the item's command tells so
    } else if (this.taking && !whole && !this.told) {
      this.see(live);
      this.report.partiallyAccepted(live.offer.item, reached);
    }
  }

  /** The cursor of the editor that is in use. */
  moved(uri: string, cursor: number): void {
    const live = this.live;
    if (live?.offer.uri !== uri) return;
    const { start } = live.offer;
    if (cursor < start || cursor > start + live.reached) this.left();
  }

  /** Whatever was on the screen is gone without a decision. */
  left(): void {
    this.live?.cancel();
    this.live = undefined;
  }

  /** `take` makes the editor insert the next piece of the suggestion. */
  async takes(take: () => Thenable<unknown>): Promise<void> {
    this.taking = true;
    try {
      await take();
    } finally {
      this.taking = false;
    }
  }

  rejected(): void {
    const live = this.live;
    if (live === undefined) return;
    this.see(live);
    this.report.rejected(live.offer.item);
    this.left();
  }

  accepted(completion: string): void {
    if (this.live?.offer.completion !== completion) return;
    this.see(this.live);
    this.left();
  }

  /** What is to come of this completion's text; undefined if it does not stand at the cursor. */
  rest(completion: string): string | undefined {
    const offer = this.live?.offer;
    return offer?.completion === completion ? offer.text.slice(this.live?.reached) : undefined;
  }

  private see(live: Live): void {
    live.cancel();
    if (live.shown) return;
    live.shown = true;
    this.report.shown(live.offer.item);
  }
}

/** Whether a person takes the offer for what is on the screen already, perhaps grown. */
function goesOn({ offer: before, reached }: Live, offer: Offer): boolean {
  const between = offer.start - before.start;
  if (offer.uri !== before.uri || between > reached) return false;
  const [old, now] =
    between >= 0
      ? [before.text.slice(between), offer.text]
      : [before.text, offer.text.slice(-between)];
  return now.startsWith(old) || old.startsWith(now);
}

/**
 * How much of the text stands before the cursor after a change: typed, taken, replaced by an
 * editor's own completion, or deleted again. Undefined if the document went another way.
 */
function reach({ offer, before, reached }: Live, change: Change): number | undefined {
  const from = change.offset - offer.start;
  const whole = [offer, before].some(
    (each) => each?.start === change.offset && each.text === change.text,
  );
  if (whole) return offer.text.length;
  if (from < 0 || from + change.length !== reached) return undefined;
  const stands = offer.text.slice(0, from) + change.text;
  return offer.text.startsWith(stands) ? stands.length : undefined;
}

/** Whoever types an opening bracket or a quote gets its partner from the editor as well. */
function byHand(change: Change): Change {
  const paired = ['()', '[]', '{}', '""', "''", '``'].includes(change.text);
  return paired ? { ...change, text: change.text.slice(0, 1) } : change;
}
