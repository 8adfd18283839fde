import {signal} from '@preact/signals';

import {authHeaders, connection, keyWanted} from './client';
import {EventParser, type ServerEvent} from './event_parser';

/** `absent`: the program that runs has no stream. */
export type StreamState = 'connecting' | 'open' | 'lost' | 'refused' | 'absent';

/** The server sends at least a heartbeat every 15 s; after this silence the line is dead. */
const kSilenceMs = 40_000;
const kFirstPauseMs = 500;
const kLongestPauseMs = 5_000;

/**
 * The live stream from the first `open` to `close`. A dropped connection is taken up again after the
 * last event that was received, so that nothing is missed.
 */
export class Stream {
  readonly state = signal<StreamState>('connecting');
  /** How often the connection was taken up again. */
  readonly resumed = signal(0);
  private lastId = '';
  private stop: AbortController | undefined;

  constructor(
    private readonly path: string,
    private readonly onEvent: (event: ServerEvent) => void,
  ) {}

  open(): void {
    if (this.stop) return;
    this.stop = new AbortController();
    void this.run(this.stop.signal);
  }

  close(): void {
    this.stop?.abort();
    this.stop = undefined;
  }

  private async run(stop: AbortSignal): Promise<void> {
    let pause = kFirstPauseMs;
    while (!stop.aborted) {
      const worked = await this.connect(stop);
      if (stop.aborted || this.state.value === 'absent' || this.state.value === 'refused') return;
      this.state.value = 'lost';
      pause = worked ? kFirstPauseMs : Math.min(2 * pause, kLongestPauseMs);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** One connection, until it ends. Returns whether it was open. */
  private async connect(stop: AbortSignal): Promise<boolean> {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), kSilenceMs);
    let open = false;
    try {
      const resume: Record<string, string> = this.lastId ? {'Last-Event-ID': this.lastId} : {};
      const response = await fetch(this.path, {
        headers: {...authHeaders(), Accept: 'text/event-stream', ...resume},
        cache: 'no-store',
        signal: AbortSignal.any([stop, silence.signal]),
      });
      if (!response.ok || !response.body) {
        if (response.status === 401) keyWanted.value = true;
        if (response.status === 401 || response.status === 403) this.state.value = 'refused';
        if (response.status === 404) this.state.value = 'absent';
        return false;
      }
      open = true;
      if (this.state.value === 'lost') this.resumed.value += 1;
      this.state.value = 'open';
      connection.value = 'connected';
      await this.read(response.body, () => {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), kSilenceMs);
      });
    } catch {
      // Lost or silent: the caller tries again.
    } finally {
      clearTimeout(timer);
    }
    return open;
  }

  private async read(body: ReadableStream<Uint8Array>, alive: () => void): Promise<void> {
    const parser = new EventParser();
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (;;) {
      const {done, value} = await reader.read();
      if (done) return;
      alive();
      for (const event of parser.push(decoder.decode(value, {stream: true}))) {
        if (event.id) this.lastId = event.id;
        this.onEvent(event);
      }
    }
  }
}
