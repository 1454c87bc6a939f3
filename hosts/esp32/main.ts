/** The app on an ESP32. */

trace("choir\n");
