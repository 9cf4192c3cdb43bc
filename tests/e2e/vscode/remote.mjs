// A browser that does what it is told: JSON lines in (`[id, name, ...values]`), JSON lines out.
// The steps of `play` run without a round trip between them, so that they keep their time.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';

const [chromium, modules] = process.argv.slice(2);
const playwright = createRequire(`${modules}/`)('playwright-core');
const browser = await playwright.chromium.launch({
  executablePath: chromium,
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
const page = await browser.newPage({ viewport: { width: 1200, height: 700 } });
const origins = new Set();
page.on('request', (request) => origins.add(new URL(request.url()).origin));

const steps = {
  goto: (url) => page.goto(url),
  type: (text, delay) => page.keyboard.type(text, { delay }),
  insert: (text) => page.keyboard.insertText(text),
  press: (key) => page.keyboard.press(key),
  wait: (milliseconds) => page.waitForTimeout(milliseconds),
  click: (selector) => page.click(selector),
  await: (selector, state, timeout) => page.waitForSelector(selector, { state, timeout }),
  evaluate: (script) => page.evaluate(script),
  screenshot: (path) => page.screenshot({ path }),
  origins: () => [...origins],
  play: async (list) => {
    const times = [];
    for (const [name, ...values] of list) {
      await steps[name](...values);
      times.push(Date.now());
    }
    return times;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [id, name, ...values] = JSON.parse(line);
  let answer;
  try {
    const value = await steps[name](...values);
    answer = { id, value: name === 'await' || name === 'goto' ? null : (value ?? null) };
  } catch (error) {
    answer = { id, error: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
await browser.close();
