// The shapes of what the server sends to the pages, and the elements that `h` of dom.js makes.
// Only the type checker reads this file: no browser fetches it, and no package ships it.
// Times are seconds UTC, offsets seconds from the beginning of a recording, unless said otherwise.

// Elements

declare global {
  /** Sends an event of a `gr.HTML`, with what is to be read off `gr.EventData`. */
  type Trigger = (event: string, data: Record<string, unknown>) => void;
  interface DocumentEventMap {
    /** The player shows another time. */
    "eb-now": CustomEvent<Playing | null>;
    "eb-forgotten": CustomEvent;
  }
}

type Handler = (event: any) => unknown;
type Attribute = string | number | boolean | null | undefined | Handler;
/** Handlers of one element's events: `currentTarget` is the element, `target` it or a descendant. */
type Handlers<E extends HTMLElement> = {
  [K in keyof HTMLElementEventMap as `on${K}`]?: (event: HTMLElementEventMap[K] & { currentTarget: E; target: HTMLElement }) => unknown;
};
export type Attributes<E extends HTMLElement> = Handlers<E> & { [name: string]: Attribute };
export type Child = Node | string | null | undefined;
export type Translate = (phrase: string, values?: Record<string, string | number>) => string;

// What one page wants another to open with

export interface ForgetRequest {
  kind: "span" | "day" | "person" | "place" | "recording";
  day?: string;
  name?: string;
  moments?: boolean;
  start?: number;
  end?: number;
  only?: { id: string; name: string } | null;
}

/** A day, a time of it ("18:42:30"), and a clip that is to be in view. */
export interface DayWish { day: string; t?: string; clip?: string }

/** By the id of the page; of Habits, the day whose digest is wanted. */
export interface Wishes {
  ask?: AskWish;
  timeline?: DayWish;
  search?: never;
  people?: never;
  habits?: string;
  library?: never;
  privacy?: ForgetRequest;
}

/** What plays: the detail of the event `eb-now`, null once the player is closed. */
export interface Playing { recording: string; at: number; time: number }
/** What the player is asked to play. */
export interface PlayRequest { recording: string; start: number; words?: string }

// Ask

export type Span = [start: number, end: number];
/** What a script wants of the page's events. */
export type AskWish = { ask: { question: string; begin: string; end: string } } | { look: true };

// Timeline

export interface CalendarDay { day: string; label: string; short: string; title: string; amount: string; heat: number }
export interface CalendarMonth { name: string; summary: string; first: number; length: number; days: CalendarDay[] }
export interface Calendar { weekdays: string[]; months: CalendarMonth[] }
/** A bar: its left end, width and height in percent. */
export type Bar = [left: number, width: number, high: number];
export interface Lane { kind: "recorded" | "waiting" | "spoken" | "person" | "place"; name: string; bars: Bar[] }
export interface GapRow { kind: "gap"; label: string }
export interface HourRow { kind: "hour"; start: number; end: number; label: string; summary: string; moments: number; recorded: string; pictured: number[] }

/** A day; its times are seconds from `start`, its clock is what that shows at each minute. */
export interface Day {
  day: string;
  title: string;
  instead: string;
  revision: string;
  start: number;
  length: number;
  clock: string[];
  summary: string;
  elsewhere: string;
  recorded: string;
  facts: string;
  met: string;
  pending: number;
  at: number | null;
  first: number;
  last: number;
  view: Span;
  lanes: Lane[];
  rows: (GapRow | HourRow)[];
}

export interface Moment {
  kind: "moment";
  clip: string;
  recording: string;
  at: number;
  until: number;
  offset: number;
  end: number;
  time: string;
  caption: string;
  speech: string;
  words: string;
  picture: string;
  seek: string;
}

export interface TenMinutes { start: number; label: string; summary: string }
export interface MomentsReply { items: (Moment | GapRow)[]; tens: TenMinutes[] }

// Player

export interface Recording {
  id: string;
  name: string;
  start: number;
  utc_offset: number;
  duration: number;
  has_video: boolean;
  has_audio: boolean;
  kind: string;
  day: string;
  type: string;
  plays_as: string;
  poster: string;
  picture: string;
  available: boolean;
  held: boolean;
  trouble: string;
  /** Whose it is, where it is somebody else's. */
  wearer: string;
}

export interface ProxyStatus { state: "none" | "waiting" | "making" | "ready" | "failed"; share: number; message: string }
/** A sentence and its words, each with when it is said. */
export interface TranscriptLine { start: number; end: number; time: string; who: string; words: [at: number, text: string][] }
export interface TranscriptReply { lines: TranscriptLine[]; outline: string }

/** What a part of a picture is; `search` is the query that finds more of it, empty where none does. */
export interface RegionName { kind: "person" | "thing" | "text"; name: string; sure: number | null; search: string }
export interface SeenMoment { recording: string; day_label: string; time: string; seek: number; end: number; picture: string; caption: [text: string, hit: boolean][]; why: string[] }
export interface RegionAnswer { names: RegionName[]; box: [left: number, top: number, right: number, bottom: number]; same: SeenMoment[]; others: SeenMoment[]; note: string }

// Library

export interface Upload { id: string; name: string; size: number; modified: number; first: string; offset: number; percent: number }

// Notices

export interface Notice {
  id: number;
  at: number;
  kind: "finished" | "partial" | "failed" | "waiting";
  name: string;
  words: string;
  more: string;
  job: string;
  recording: string;
  new: boolean;
}

export interface Notices { newest: number; unseen: number; notices: Notice[] }
export interface Phrases { language: string; languages: Record<string, string>; phrases: Record<string, string> }

// Routes: what GET (also PATCH and DELETE) and POST give

export interface GetReplies {
  "/api/days": string[];
  "/api/notices": Notices;
  "/api/pages/beside": Moment | Record<string, never>;
  "/api/pages/day/{day}": Day;
  "/api/pages/days": Calendar;
  "/api/pages/moment": { day: string; time: string; start: number; end: number };
  "/api/pages/moments": MomentsReply;
  "/api/pages/recording/{recording_id}": Recording;
  "/api/pages/transcript/{recording_id}": TranscriptReply;
  "/api/pages/revision": { revision: string };
  "/api/phrases": Phrases;
  "/api/search/region": RegionAnswer;
  "/api/share": { share: number };
  "/api/uploads": Upload[];
  "/media/{recording_id}/proxy/status": ProxyStatus;
}

/** As much of a service worker as ours uses: the types of pages do not have it. */
export interface WorkerScope {
  addEventListener(type: "fetch", listen: (event: { request: Request; respondWith(reply: Promise<Response>): void; waitUntil(end: Promise<unknown>): void }) => unknown): void;
  addEventListener(type: "message", listen: (event: { ports: readonly MessagePort[] }) => unknown): void;
}

export interface PostReplies {
  "/api/notices/seen": Notices;
  "/media/{recording_id}/proxy": ProxyStatus;
}

type Pattern<Route> = Route extends `${infer Before}{${string}}${infer After}` ? `${Before}${string}${Pattern<After>}` : Route;
type Path<Url> = Url extends `${infer Before}?${string}` ? Before : Url;
type Matches<Routes, P> = { [Route in keyof Routes]: P extends Pattern<Route> ? Routes[Route] : never }[keyof Routes];
/** What a route of the table gives to an address with its parameters and query filled in. */
export type ReplyOf<Routes, Url> = Path<Url> extends infer P ? (P extends keyof Routes ? Routes[P] : Matches<Routes, P>) : never;

// Plots of Plotly, as far as Habits knows them

export interface PlotElement extends HTMLElement {
  on(event: "plotly_click", listener: (clicked: { points: { customdata: unknown }[] }) => void): void;
  on(event: "plotly_afterplot", listener: () => void): void;
}
export interface ChartPoint { data: unknown; words: string }
