/**
 * The port to one of the two databases. The library opens its own sessions
 * through it and knows nothing of hosts, passwords or clouds. Types only.
 */
import type { Client } from "pg";

export type SideLabel = "source" | "target";

export interface Side {
  readonly label: SideLabel;
  /** As people call it; for the report. */
  readonly database: string;
  /**
   * A fresh, direct session: a snapshot cannot be shared through a transaction
   * pooler (DigitalOcean's pools, Azure's port 6432). The library ends it.
   */
  connect(signal: AbortSignal): Promise<Client>;
  /** Milliseconds that a read waits for a lock of somebody else's. Default: 30 s. */
  readonly lockMs?: number;
}

/** Every value is the server's own text, whatever parsers the client carries. */
export interface TextRow {
  readonly [column: string]: string | null;
}

/** Runs one statement. Values are sent as parameters, in text. */
export interface Reader {
  read(sql: string, values?: readonly (string | null)[]): Promise<readonly TextRow[]>;
}

/** What a query gives, a part at a time. */
export interface RowStream {
  /** The next rows; none at the end. */
  next(): Promise<readonly TextRow[]>;
  /** Lets go of the session; what was not read is not sent. May be called again. */
  close(): Promise<void>;
}

export interface Cursors {
  /** A session is held until it is closed, or has given its last row. */
  cursor(sql: string): Promise<RowStream>;
}
