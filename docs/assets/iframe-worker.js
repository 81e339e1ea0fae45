// A page that is opened from a file may start no worker. The search runs in a frame without a face then, so that the
// site needs neither a server nor a script from elsewhere.
"use strict";

if (location.protocol === "file:") {
  const PRELUDE = `<script>
    window.postMessage = (data) => frameElement.dispatchEvent(new MessageEvent("answer", { data }));
    window.importScripts = (...addresses) => Promise.all(addresses.map((address) => new Promise((resolve, reject) => {
      const script = document.createElement("script");
      Object.assign(script, { src: address, onload: resolve, onerror: reject, async: false });
      document.head.append(script);
    })));
  <\/script>`;

  window.IFrameWorker = class extends EventTarget {
    constructor(address) {
      super();
      this.waiting = [];
      const script = document.createElement("script");
      script.src = new URL(address, location.href).href;
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.title = "search";
      this.frame.srcdoc = PRELUDE + script.outerHTML;
      this.frame.addEventListener("answer", ({ data }) => this.dispatchEvent(new MessageEvent("message", { data })));
      this.frame.addEventListener("load", () => this.#flush(), { once: true });
      document.body.append(this.frame);
    }

    postMessage(data) {
      if (this.waiting) this.waiting.push(data);
      else this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }));
    }

    terminate() {
      this.frame.remove();
    }

    #flush() {
      const waiting = this.waiting;
      this.waiting = null;
      waiting.forEach((data) => this.postMessage(data));
    }
  };
  window.Worker = window.IFrameWorker;
}
