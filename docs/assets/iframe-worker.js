// A page that is read from a file may start no worker, and the search is one. So there it runs in a
// hidden frame of the page. The theme would fetch such a stand-in from another host.
if (location.protocol === "file:") {
  window.Worker = class {
    onmessage = null;
    onerror = null;
    onmessageerror = null;
    #frame = document.createElement("iframe");
    #unheard = [];
    #hears = false;

    constructor(address) {
      this.#frame.hidden = true;
      this.#frame.onload = () => this.#begin(new URL(address, document.baseURI).href);
      document.body.append(this.#frame);
    }

    postMessage(data) {
      if (this.#hears) {
        this.#frame.contentWindow.onmessage({ data });
      } else {
        this.#unheard.push(data);
      }
    }

    terminate() {
      this.#frame.remove();
    }

    #begin(address) {
      const inside = this.#frame.contentWindow;
      inside.postMessage = (data) => setTimeout(() => this.onmessage?.({ data }));
      const script = inside.document.createElement("script");
      script.src = address;
      script.onerror = (event) => this.onerror?.(event);
      script.onload = () => {
        this.#hears = true;
        this.#unheard.splice(0).forEach((data) => this.postMessage(data));
      };
      inside.document.body.append(script);
    }
  };
}
