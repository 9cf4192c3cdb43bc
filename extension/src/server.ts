/** The language server: its process, and what we say to it. */
import {
  Uri,
  window,
  workspace,
  type CancellationToken,
  type Disposable,
  type InlineCompletionContext,
  type InlineCompletionItem,
  type LogOutputChannel,
  type Position,
  type TextDocument,
} from 'vscode';
import {
  ExecuteCommandRequest,
  InlineCompletionRequest,
  LanguageClient,
  RevealOutputChannelOn,
  State,
  type InlineCompletionItem as SentItem,
  type NotificationType,
} from 'vscode-languageclient/node';

import { ACCEPTED, didChangeStatus, didGrow, type GrowthNotice, type Status } from './wire';

export interface Answer {
  items: InlineCompletionItem[];
  /** The same as the server sent them. */
  sent: SentItem[];
}

/** Whom the server tells. */
export interface Listener {
  status(status: Status): void;
  grew(notice: GrowthNotice): void;
  /** The editor took an item of this completion whole. */
  accepted(completion: string): void;
}

const GONE: Status = {
  kind: 'trouble',
  message: 'The language server has stopped.',
  remedy: 'Its log says why; then restart it.',
};

export class Server implements Disposable {
  readonly log: LogOutputChannel = window.createOutputChannel('Understudy', { log: true });
  private client: LanguageClient | undefined;

  constructor(
    private readonly storage: Uri,
    private readonly listener: Listener,
  ) {}

  get running(): boolean {
    return this.client?.state === State.Running;
  }

  /** Starts it anew, from the program at `path`. */
  async start(path: string): Promise<void> {
    await this.stop();
    await workspace.fs.createDirectory(this.storage);
    const client = this.clientFor(path);
    this.client = client;
    client.onNotification(didChangeStatus, (status) => this.listener.status(status));
    client.onNotification(didGrow, (notice) => this.listener.grew(notice));
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Stopped && this.client === client) this.listener.status(GONE);
    });
    try {
      await client.start();
    } catch (error) {
      this.log.error('The language server does not start.', error);
      this.listener.status(GONE);
    }
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client?.needsStop()) await client.stop().catch(() => {}); // gone already
  }

  /** Undefined if it does not answer, or not in time. */
  async ask(
    document: TextDocument,
    position: Position,
    context: InlineCompletionContext,
    token: CancellationToken,
  ): Promise<Answer | undefined> {
    const client = this.client;
    if (client === undefined || !this.running) return undefined;
    const standard = client.code2ProtocolConverter.asInlineCompletionParams(
      document,
      position,
      context,
    );
    // Of the editor that shows this document, which need not be the active one.
    const editor = window.visibleTextEditors.find((each) => each.document === document);
    const { tabSize, insertSpaces } = editor?.options ?? {};
    const params = {
      ...standard,
      textDocument: { ...standard.textDocument, version: document.version },
      formattingOptions: { tabSize, insertSpaces },
    };
    try {
      const result = await client.sendRequest(InlineCompletionRequest.type, params, token);
      const converted = await client.protocol2CodeConverter.asInlineCompletionResult(result, token);
      if (!result || !converted || token.isCancellationRequested) return undefined;
      return {
        items: Array.isArray(converted) ? converted : converted.items,
        sent: Array.isArray(result) ? result : result.items,
      };
    } catch (error) {
      if (!token.isCancellationRequested) this.log.warn('No answer to a request.', error);
      return undefined;
    }
  }

  tell<P>(type: NotificationType<P>, params: P): void {
    if (this.client === undefined || !this.running) return;
    this.client.sendNotification(type.method, params).catch((error: unknown) => {
      this.log.warn('The language server was not told of something.', error);
    });
  }

  /** What a command of the language server answers; undefined if it does not run. */
  async run<T>(command: string, ...values: unknown[]): Promise<T | undefined> {
    if (this.client === undefined || !this.running) return undefined;
    const params = { command, arguments: values };
    return (await this.client.sendRequest(ExecuteCommandRequest.type, params)) as T;
  }

  dispose(): void {
    void this.stop();
    this.log.dispose();
  }

  private clientFor(path: string): LanguageClient {
    const environment: NodeJS.ProcessEnv = { ...process.env, PYTHONSAFEPATH: '1' };
    delete environment['PYTHONPATH'];
    delete environment['PYTHONHOME'];
    // Its own folder, because the client's default is the one that is open: nothing there may run.
    const options = { cwd: this.storage.fsPath, env: environment };
    return new LanguageClient(
      'understudy',
      'Understudy',
      { command: path, args: ['lsp'], options },
      {
        documentSelector: [{ scheme: 'file' }, { scheme: 'untitled' }],
        synchronize: { configurationSection: 'understudy' },
        initializationOptions: {
          ...JSON.parse(JSON.stringify(workspace.getConfiguration('understudy'))),
          client: { grows: true, status: true },
        },
        outputChannel: this.log,
        revealOutputChannelOn: RevealOutputChannelOn.Never,
        middleware: {
          provideInlineCompletionItems: () => undefined, // `provider.ts` does
          executeCommand: (command, values, next) => {
            if (command === ACCEPTED) this.listener.accepted(String(values[0]));
            return next(command, values);
          },
        },
      },
    );
  }
}
