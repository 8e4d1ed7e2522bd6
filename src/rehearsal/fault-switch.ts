/**
 * Which faults of a stand-in are switched on, for which calls and how often
 * they still strike. The stand-in's own catalog says which there are; what a
 * strike does is the business of whoever asks.
 */

export interface FaultKind {
  readonly imitates: string;
  /** Where the behaviour was seen or is documented. */
  readonly source: string;
  /** How often it strikes before it is over; absent: until switched off. */
  readonly times?: number;
}

export interface FaultSettings {
  /** Only for this HTTP method. */
  readonly method?: string;
  /** Only where the path (for DNS: the name asked for) contains this text, whatever the case. */
  readonly path?: string;
  /** Strikes this often, then is over. Without it: the catalog's figure. */
  readonly times?: number;
  /** For faults that take a figure, in the unit that the catalog names. */
  readonly amount?: number;
}

export interface FaultTarget {
  readonly method?: string;
  readonly path?: string;
}

function fits(settings: FaultSettings, target: FaultTarget): boolean {
  if (settings.method !== undefined && settings.method !== target.method) return false;
  const path = settings.path?.toLowerCase();
  return path === undefined || (target.path?.toLowerCase().includes(path) ?? false);
}

export class FaultSwitch<Name extends string> {
  readonly #catalog: Readonly<Record<Name, FaultKind>>;
  readonly #on = new Map<Name, { readonly settings: FaultSettings; left: number }>();

  readonly #changed: (name: Name) => void;

  /** `changed` is told after a fault was switched on or off, or is over. */
  constructor(
    catalog: Readonly<Record<Name, FaultKind>>,
    changed: (name: Name) => void = () => undefined,
  ) {
    this.#catalog = catalog;
    this.#changed = changed;
  }

  on(name: Name, settings: FaultSettings = {}): void {
    const left = settings.times ?? this.#catalog[name].times ?? Number.POSITIVE_INFINITY;
    this.#on.set(name, { settings, left });
    this.#changed(name);
  }

  off(name: Name): void {
    if (this.#on.delete(name)) this.#changed(name);
  }

  /** The ones that would still strike. */
  names(): readonly Name[] {
    return [...this.#on.keys()];
  }

  /** The settings while it is on and fits; does not count as a strike. */
  look(name: Name, target: FaultTarget = {}): FaultSettings | undefined {
    const on = this.#on.get(name);
    return on !== undefined && fits(on.settings, target) ? on.settings : undefined;
  }

  isOn(name: Name, target: FaultTarget = {}): boolean {
    return this.look(name, target) !== undefined;
  }

  /** Like isOn, and counts as one strike. */
  take(name: Name, target: FaultTarget = {}): boolean {
    const on = this.#on.get(name);
    if (on === undefined || !fits(on.settings, target)) return false;
    on.left -= 1;
    if (on.left <= 0) this.off(name);
    return true;
  }
}
