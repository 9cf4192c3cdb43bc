/** Understudy in VS Code: ghost text from its language server, and honest word of what became of it. */
import {
  commands,
  languages,
  window,
  workspace,
  type ExtensionContext,
  type InlineCompletionItemProvider,
} from 'vscode';

import { whenDrawn } from './drawing';
import { watchEditing } from './editing';
import { Focus } from './focus';
import { Growth } from './growth';
import { registerKeys } from './keys';
import { showMenu } from './menu';
import { Pages } from './pages';
import {
  COMMAND,
  findUnderstudy,
  offerGateway,
  offerInstallation,
  startGateway,
  typeInstallation,
  wantsGateway,
} from './programs';
import { Provider } from './provider';
import {
  askConsent,
  forgetRepository,
  snoozeFor,
  toggle,
  toggleLanguage,
} from './requests';
import { Screen } from './screen';
import { Server } from './server';
import { StatusBar } from './statusbar';
import {
  DASHBOARD,
  didPartiallyAccept,
  didReject,
  didShow,
  EXPLAIN,
  RECONNECT,
  WAKE,
  type Status,
} from './wire';

let server: Server;
/** Once a session is enough: the status bar goes on saying it. */
let gatewayOffered = false;

/** `register` is the editor's own; a test passes one that listens in. */
export async function activate(
  context: ExtensionContext,
  register: typeof languages.registerInlineCompletionItemProvider =
    languages.registerInlineCompletionItemProvider,
): Promise<void> {
  const bar = new StatusBar();
  const screen = new Screen(
    {
      shown: (item) => server.tell(didShow, { item }),
      partiallyAccepted: (item, length) =>
        server.tell(didPartiallyAccept, { item, acceptedLength: length }),
      rejected: (item) => server.tell(didReject, { item }),
    },
    whenDrawn,
  );
  server = new Server(context.globalStorageUri, {
    status: (status) => show(bar, status),
    grew: (notice) => void growth.grew(notice),
    accepted: (completion) => screen.accepted(completion),
  });
  const selector = [{ scheme: 'file' }, { scheme: 'untitled' }];
  const registerFor = (provider: InlineCompletionItemProvider) => register(selector, provider);
  const provider = new Provider(server, screen);
  const growth = new Growth(server, screen, provider, registerFor, context.extension.id);
  const pages = new Pages(server);
  const focus = new Focus(server);
  context.subscriptions.push(
    bar,
    server,
    pages,
    growth,
    registerFor(provider),
    focus,
    ...watchEditing(screen, focus),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(COMMAND)) void start(bar);
    }),
    ...registerKeys(screen),
    ...Object.entries({
      menu: () => showMenu(bar.current, language()),
      showExplanation: () => pages.show('Understudy Explains', EXPLAIN),
      showDashboard: () => pages.show('Understudy Dashboard', DASHBOARD),
      snoozeFor: () => snoozeFor(server),
      wakeUp: () => server.run(WAKE),
      askConsent: () => askConsent(server),
      forgetRepository: () => forgetRepository(server),
      toggle,
      toggleLanguage: () => toggleLanguage(language()),
      startGateway,
      reconnectGateway: () => server.run(RECONNECT),
      installServer: () => typeInstallation(context.extension),
      restart: () => start(bar),
      showLog: () => server.log.show(),
      openSettings: () => commands.executeCommand('workbench.action.openSettings', 'understudy.'),
    }).map(([name, action]) => commands.registerCommand(`understudy.${name}`, action)),
  );
  await start(bar);
}

export function deactivate(): Promise<void> {
  return server.stop();
}

async function start(bar: StatusBar): Promise<void> {
  const path = await findUnderstudy();
  if (path !== undefined) {
    await server.start(path);
    show(bar, bar.current);
    return;
  }
  show(bar, {
    kind: 'trouble',
    message: 'The program `understudy` was not found on this machine.',
    remedy: 'Install it, or set `understudy.server.command`.',
  });
  void offerInstallation();
}

function show(bar: StatusBar, status: Status): void {
  bar.show(status);
  void commands.executeCommand('setContext', 'understudy.running', server.running);
  if (wantsGateway(status) && !gatewayOffered) {
    gatewayOffered = true;
    void offerGateway(status);
  }
}

function language(): string | undefined {
  return window.activeTextEditor?.document.languageId;
}
