// Requests are made one after another: the server computes one picture at a time on most machines, and a queue here can
// be cancelled piece by piece. A task's state is what the page shows of it.

/**
 * state: waiting | sending | working | pausing | done | failed | cancelled.
 * `check` throws what can be known before anything is sent; `run` does the work and reports by task.sent().
 */
export class Task {
  state = "waiting";
  part = 0;
  since = 0;
  until = 0;
  problem = null;
  #controller = new AbortController();

  constructor(picture, kind, run, check = () => {}) {
    Object.assign(this, { picture, kind, run, check });
  }

  get active() {
    return ["waiting", "sending", "working", "pausing"].includes(this.state);
  }
  get signal() {
    return this.#controller.signal;
  }
  cancel() {
    if (this.active) this.#controller.abort(new DOMException("cancelled", "AbortError"));
  }
  again() {
    return new Task(this.picture, this.kind, this.run, this.check);
  }
}

const pause = (until, signal) =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, until - Date.now());
    signal.addEventListener("abort", stop, { once: true });
  });

export class Work {
  #queue = [];
  #running = false;
  #changed;

  /** `changed(task)` is called whenever a task's state is another. */
  constructor(changed) {
    this.#changed = changed;
  }

  add(task, { first = false } = {}) {
    try {
      task.check();
    } catch (problem) {
      task.problem = problem;
      this.#turn(task, "failed");
      return;
    }
    task.signal.addEventListener("abort", () => {
      if (task.state === "waiting") this.#turn(task, "cancelled");
    });
    if (first) this.#queue.unshift(task);
    else this.#queue.push(task);
    this.#turn(task, "waiting");
    this.#go();
  }

  /** How many are to be done before this one. */
  before(task) {
    return this.#queue.filter((other) => other.active).indexOf(task) + (this.#running ? 1 : 0);
  }

  #turn(task, state) {
    task.state = state;
    this.#changed(task);
  }

  async #go() {
    if (this.#running) return;
    this.#running = true;
    while (this.#queue.length > 0) {
      const task = this.#queue.shift();
      if (task.active) await this.#do(task);
    }
    this.#running = false;
  }

  async #do(task) {
    const onSent = (sent, total) => {
      task.part = total > 0 ? sent / total : 1;
      if (task.part >= 1 && task.state === "sending") {
        task.since = Date.now();
        this.#turn(task, "working");
      }
    };
    for (;;) {
      task.part = 0;
      this.#turn(task, "sending");
      try {
        await task.run({ signal: task.signal, onSent });
        this.#turn(task, "done");
        return;
      } catch (problem) {
        if (task.signal.aborted) {
          this.#turn(task, "cancelled");
          return;
        }
        if (problem.status !== 429 && problem.code !== "overloaded") {
          task.problem = problem;
          this.#turn(task, "failed");
          // What is no answer of the server is a mistake of this page, and is to be seen where those are looked for.
          if (problem.status === undefined) console.error(problem);
          return;
        }
        task.until = Date.now() + 1000 * (problem.retryAfter ?? 3);
      }
      this.#turn(task, "pausing");
      await pause(task.until, task.signal).catch(() => {});
      if (task.signal.aborted) {
        this.#turn(task, "cancelled");
        return;
      }
    }
  }
}
