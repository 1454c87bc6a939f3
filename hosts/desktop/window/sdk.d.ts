// What this room uses of Piu, the SDK's toolkit for windows, so that the project compiles without the SDK; mcconfig compiles it with the SDK's own typings.

declare module "piu/MC" {
  /** Pixels from the container's edges, and sizes. */
  export interface Place {
    readonly left?: number;
    readonly top?: number;
    readonly right?: number;
    readonly bottom?: number;
    readonly width?: number;
    readonly height?: number;
  }

  /** Colours by state. */
  export interface Skin {
    readonly fill: string | number | (string | number)[];
  }

  export interface Content {
    /** Which of its skin's and style's colours it has. */
    state: number;
    /** Ms between two onTimeChanged while it runs. */
    interval: number;
    start(): void;
  }

  export interface Label extends Content {
    string: string;
  }

  global {
    const Skin: { new (skin: { readonly fill: string[] }): Skin };
    /** A font by the name of its resource, colours by state. */
    const Style: {
      new (style: {
        readonly font: string;
        readonly color: string[];
        readonly horizontal: string;
        readonly vertical: string;
      }): object;
    };
    /** Handlers of one content's events are its methods. */
    const Behavior: { new (): object };
    const Content: { new (data: null, dictionary: Dictionary): Content };
    const Label: { new (data: null, dictionary: Dictionary & { readonly string: string }): Label };
    const Container: { new (data: null, dictionary: Dictionary & Contents): Content };
    /** The screen's only one. */
    const Application: {
      new (
        data: null,
        dictionary: Dictionary & Contents & { readonly displayListLength: number; readonly touchCount: number },
      ): Content;
    };
  }

  interface Contents {
    readonly contents: Content[];
  }

  interface Dictionary extends Place {
    readonly active?: boolean;
    readonly skin?: Skin;
    readonly style?: object;
    readonly Behavior?: new () => object;
  }
}
