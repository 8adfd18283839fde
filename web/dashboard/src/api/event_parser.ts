/** One event of a stream. `id` is empty where the server gave none. */
export interface ServerEvent {
  id: string;
  type: string;
  data: string;
}

/**
 * Splits a text/event-stream into events, however it is cut into pieces.
 * Source: WHATWG HTML, 9.2.6 (interpreting an event stream).
 */
export class EventParser {
  private rest = '';
  private type = '';
  private data: string[] = [];
  private id = '';

  push(text: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') {
        this.field(line);
        continue;
      }
      if (this.data.length > 0) {
        events.push({id: this.id, type: this.type || 'message', data: this.data.join('\n')});
      }
      this.type = '';
      this.data = [];
    }
    return events;
  }

  private field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) return; // A comment: the heartbeat.
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.type = value;
    else if (name === 'data') this.data.push(value);
    else if (name === 'id') this.id = value;
  }
}
