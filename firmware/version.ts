/** The version of this firmware, that of package.json; a test holds the two together. */

export const FIRMWARE_VERSION = "0.1.0";
