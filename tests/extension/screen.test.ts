import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Screen, type Offer } from '../../extension/src/screen';

const URI = 'file:///main.py';

/** A screen on which `settle` draws, and what it told. */
function screen() {
  const told: string[] = [];
  const waiting = new Set<() => void>();
  const made = new Screen(
    {
      shown: (item) => told.push(`shown ${text(item)}`),
      partiallyAccepted: (item, length) => told.push(`part ${text(item).slice(0, length)}`),
      rejected: (item) => told.push(`rejected ${text(item)}`),
    },
    (action) => {
      waiting.add(action);
      return () => waiting.delete(action);
    },
  );
  const settle = () => {
    for (const action of waiting) action();
    waiting.clear();
  };
  return { made, told, settle };
}

function text(item: Offer['item']): string {
  return item.insertText as string;
}

function offer(start: number, insertText: string, completion = 'a'): Offer {
  const item = { insertText, command: { title: '', command: '', arguments: [completion] } };
  return { item, completion, uri: URI, start, text: insertText };
}

const stands = () => true;
const typed = (offset: number, inserted: string) => [{ offset, length: 0, text: inserted }];

test('what settles is shown, once', () => {
  const { made, told, settle } = screen();
  made.offered(offer(4, 'return a'), 4, stands);
  assert.deepEqual(told, []);
  settle();
  settle();
  assert.deepEqual(told, ['shown return a']);
});

test('what does not stand any more when it settles was not shown', () => {
  const { made, told, settle } = screen();
  made.offered(offer(4, 'return a'), 4, () => false);
  settle();
  assert.deepEqual(told, []);
});

test('answers of the same ghost text while it is typed are one suggestion', () => {
  const { made, told, settle } = screen();
  made.offered(offer(4, 'return a'), 4, stands);
  settle();
  made.changed(URI, typed(4, 're'));
  made.offered(offer(6, 'turn a', 'b'), 6, stands);
  settle();
  assert.deepEqual(told, ['shown return a']);
  assert.equal(made.rest('b'), 'turn a');
});

test('a longer text of the same completion is the same suggestion', () => {
  const { made, told, settle } = screen();
  made.offered(offer(4, 'if a:'), 4, stands);
  settle();
  made.offered(offer(4, 'if a:\n    b'), 4, stands);
  settle();
  assert.deepEqual(told, ['shown if a:']);
  assert.equal(made.rest('a'), 'if a:\n    b');
});

test('another text at the same place is another suggestion', () => {
  const { made, told, settle } = screen();
  made.offered(offer(4, 'return a'), 4, stands);
  settle();
  made.offered(offer(4, 'raise', 'b'), 4, stands);
  settle();
  assert.deepEqual(told, ['shown return a', 'shown raise']);
});

test('typing another way ends it', () => {
  const { made, told, settle } = screen();
  made.offered(offer(4, 'return a'), 4, stands);
  made.changed(URI, typed(4, 'x'));
  settle();
  made.rejected();
  assert.deepEqual(told, []);
});

test('taken pieces count from the start of the item that is shown', async () => {
  const { made, told, settle } = screen();
  made.offered(offer(4, 'return a + b'), 4, stands);
  settle();
  await made.takes(async () => made.changed(URI, typed(4, 'return')));
  await made.takes(async () => made.changed(URI, typed(10, ' a')));
  made.offered(offer(12, ' + b'), 12, stands);
  await made.takes(async () => made.changed(URI, typed(12, ' +')));
  assert.deepEqual(told, [
    'shown return a + b',
    'part return',
    'part return a',
    'part  +',
  ]);
});

test('the last piece is no part: the command of the item tells that it was taken whole', async () => {
  const { made, told } = screen();
  made.offered(offer(4, 'return'), 4, stands);
  await made.takes(async () => made.changed(URI, typed(4, 'return')));
  made.accepted('a');
  assert.deepEqual(told, ['shown return']);
});

test('whoever takes or refuses a suggestion has seen it, however soon', () => {
  const { made, told } = screen();
  made.offered(offer(4, 'return a'), 6, stands);
  made.changed(URI, [{ offset: 4, length: 2, text: 'return a' }]);
  made.accepted('a');
  made.offered(offer(4, 'raise', 'b'), 4, stands);
  made.rejected();
  assert.deepEqual(told, ['shown return a', 'shown raise', 'rejected raise']);
});

test('a deleted character, a completed word and a paired bracket go along with it', () => {
  const { made, settle } = screen();
  made.offered(offer(4, 'return sum(a, b)'), 4, stands);
  settle();
  made.changed(URI, typed(4, 'ret'));
  made.changed(URI, [{ offset: 6, length: 1, text: '' }]);
  assert.equal(made.rest('a'), 'turn sum(a, b)');
  made.changed(URI, [{ offset: 4, length: 2, text: 'return' }]);
  made.changed(URI, typed(10, ' sum'));
  made.changed(URI, typed(14, '()'));
  assert.equal(made.rest('a'), 'a, b)');
});

test('leaving the place ends it', () => {
  const { made, told, settle } = screen();
  made.offered(offer(4, 'return a'), 4, stands);
  made.moved(URI, 2);
  settle();
  made.offered(offer(4, 'return a'), 4, stands);
  made.left();
  settle();
  assert.deepEqual(told, []);
});

test('where the editor says what it drew, nothing is inferred', async () => {
  const { made, told, settle } = screen();
  made.offered(offer(4, 'return a'), 4, stands);
  made.drawn('a');
  made.offered(offer(20, 'raise', 'b'), 20, stands);
  settle();
  made.tookPart(offer(4, 'return a').item, 6);
  await made.takes(async () => made.changed(URI, typed(20, 'ra')));
  assert.deepEqual(told, ['shown return a', 'part return']);
});

test('a part that the editor took of the answer before counts from the newest', () => {
  const { made, told } = screen();
  const first = offer(4, 'return a + b');
  made.offered(first, 4, stands);
  made.drawn('a');
  made.changed(URI, typed(4, 'return'));
  made.offered(offer(10, ' a + b'), 10, stands);
  made.tookPart(first.item, 8);
  assert.deepEqual(told, ['shown return a + b', 'part  a']);
});

test('the editor may take the answer before whole, as well', () => {
  const { made, told } = screen();
  made.offered(offer(4, 'return a'), 4, stands);
  made.changed(URI, typed(4, 'r'));
  made.offered(offer(5, 'eturn a'), 5, stands);
  made.changed(URI, [{ offset: 4, length: 1, text: 'return a' }]);
  made.accepted('a');
  assert.deepEqual(told, ['shown eturn a']);
});
