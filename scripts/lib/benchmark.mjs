// What scripts/benchmark.sh measures and prints.
// node benchmark.mjs PEEL SCRATCH PICTURES FOLDER RUNS EFFORT REMBG_PYTHON|"" MODEL...

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const [peel, scratch, picturesFolder, manyFolder, runsText, effort, rembgPython, ...models] = process.argv.slice(2);
const runs = Number(runsText);
const STAGES = ['decode', 'preprocess', 'inference', 'postprocess', 'encode', 'write', 'total'];

function fail(text) {
  console.error(`error: ${text}`);
  process.exit(1);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/// Runs peel: its output, and how long it took in milliseconds.
function run(...args) {
  const start = process.hrtime.bigint();
  const done = spawnSync(peel, args, { encoding: 'utf8', maxBuffer: 1 << 30 });
  const wall = Number(process.hrtime.bigint() - start) / 1e6;
  if (done.error || done.status !== 0) fail(`peel ${args.join(' ')}: ${done.error ?? done.stderr}`);
  return { out: done.stdout, wall };
}

function row(cells) {
  console.log(`| ${cells.join(' | ')} |`);
}
function head(cells) {
  row(cells);
  row(cells.map(() => '---'));
}

const endings = /\.(jpe?g|png|webp|tiff?|heic|avif|jxl|bmp)$/i;
const pictures = readdirSync(picturesFolder).filter((name) => endings.test(name)).sort().map((name) => join(picturesFolder, name));
if (pictures.length === 0) fail(`${picturesFolder}: no pictures`);

/// rembg in a process of its own that takes one picture a line, so that both can be measured in turn. It tells the time in
/// milliseconds, or null for what it cannot read, and the greatest memory so far in KiB.
const REMBG = `
import importlib.metadata, json, resource, sys, time
from rembg import new_session, remove
session = new_session(sys.argv[1])
print(json.dumps([importlib.metadata.version(name) for name in ('rembg', 'onnxruntime')]), flush=True)
for line in sys.stdin:
    source, target = json.loads(line)
    start = time.perf_counter()
    try:
        with open(source, 'rb') as file:
            data = remove(file.read(), session=session)
        with open(target, 'wb') as file:
            file.write(data)
        took = (time.perf_counter() - start) * 1000
    except Exception as error:
        print(f'rembg: {source}: {error}', file=sys.stderr)
        took = None
    print(json.dumps([took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]), flush=True)
`;
/// The greatest memory of a command, in KiB.
const PEAK = `
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
`;

/// The weights of the models measured, under the names rembg knows: no file is fetched, and none but these is taken. Some
/// are of other precision than rembg's own, so that it would not take them for its own.
function rembgEnvironment() {
  const weights = join(scratch, 'weights');
  mkdirSync(weights);
  for (const model of models) {
    const isFile = model.includes('/') || model.endsWith('.onnx');
    const file = isFile ? resolve(model) : JSON.parse(run('models', 'path', model, '--json').out).models[0].path;
    symlinkSync(file, join(weights, `${basename(model, '.onnx')}.onnx`));
  }
  return { ...process.env, U2NET_HOME: weights, MODEL_CHECKSUM_DISABLED: '1' };
}
const environment = rembgPython ? rembgEnvironment() : null;

async function startRembg(model) {
  const child = spawn(rembgPython, ['-c', REMBG, basename(model, '.onnx')], { stdio: ['pipe', 'pipe', 'inherit'], env: environment });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const line = await lines.next();
    if (line.done) fail(`rembg ended with ${basename(model)}; its own words are above`);
    return JSON.parse(line.value);
  };
  const [version, runtime] = await next();
  return {
    version: `rembg ${version} with ONNX Runtime ${runtime}`,
    async take(picture) {
      child.stdin.write(`${JSON.stringify([picture, join(scratch, 'rembg.png')])}\n`);
      return (await next())[0];
    },
    end: () => child.stdin.end(),
  };
}

/// KiB as megabytes.
const megabytes = (kibibytes) => `${((Number(kibibytes) * 1024) / 1e6).toFixed(0)} MB`;

const versions = new Set();

async function oneAfterTheOther() {
  console.log(`\n## One picture, the model loaded: milliseconds, medians of ${runs}; PNG at effort ${effort}\n`);
  head(['picture', 'model', ...STAGES, 'all but inference', 'file, MB', ...(rembgPython ? ['rembg', 'rembg / peel', 'memory, peel', 'memory, rembg'] : [])]);
  for (const model of models) {
    const rembg = rembgPython ? await startRembg(model) : null;
    versions.add(rembg?.version);
    for (const picture of pictures) {
      const out = join(scratch, 'one');
      const samples = [];
      const theirs = [];
      for (let i = 0; i < runs; ++i) {
        // Three times in one process: the last finds everything warm.
        rmSync(out, { recursive: true, force: true });
        const { results } = JSON.parse(
          run('remove', picture, picture, picture, '-o', `${out}/`, '-m', model, '--effort', effort, '--json', '--no-config', '-q').out,
        );
        samples.push(results[2].timings_ms);
        if (rembg) theirs.push(await rembg.take(picture));
      }
      const bytes = statSync(join(out, readdirSync(out)[0])).size;
      const of = Object.fromEntries(STAGES.map((stage) => [stage, median(samples.map((sample) => sample[stage]))]));
      const rest = median(samples.map((sample) => sample.total - sample.inference));
      const cells = [basename(picture), basename(model), ...STAGES.map((stage) => of[stage].toFixed(0)), rest.toFixed(0), (bytes / 1e6).toFixed(2)];
      // The first of rembg's runs warms it up.
      if (theirs.includes(null)) {
        cells.push('cannot read it', '', '', '');
      } else if (rembg) {
        const warm = median(theirs.slice(runs > 1 ? 1 : 0));
        const taken = ['remove', picture, '-o', join(scratch, 'peak.png'), '-m', model, '--effort', effort, '--no-config', '-q'];
        const peak = spawnSync(rembgPython, ['-c', PEAK, peel, ...taken], { encoding: 'utf8' });
        if (peak.status !== 0) fail(`peel ${taken.join(' ')}: ${peak.stderr}`);
        cells.push(warm.toFixed(0), `${(warm / of.total).toFixed(2)}x`, megabytes(peak.stdout), megabytes(rembgFromNothing(model, picture).memory));
      }
      row(cells);
    }
    rembg?.end();
  }
}

/// rembg from the start of Python to the file, of one picture alone: milliseconds, and its greatest memory in KiB.
function rembgFromNothing(model, picture) {
  const start = process.hrtime.bigint();
  const done = spawnSync(rembgPython, ['-c', REMBG, basename(model, '.onnx')], {
    input: `${JSON.stringify([picture, join(scratch, 'rembg.png')])}\n`, encoding: 'utf8', env: environment,
  });
  if (done.status !== 0) fail(`rembg: ${done.stderr}`);
  const wall = Number(process.hrtime.bigint() - start) / 1e6;
  const [time, memory] = JSON.parse(done.stdout.trim().split('\n').pop());
  if (time === null) fail(`rembg: ${done.stderr}`);
  return { wall, memory };
}

function coldStart() {
  const small = pictures.map((file) => ({ file, size: statSync(file).size })).sort((a, b) => a.size - b.size)[0].file;
  const picture = readdirSync(manyFolder).filter((name) => endings.test(name)).map((name) => join(manyFolder, name))
    .sort((a, b) => statSync(a).size - statSync(b).size)[0] ?? small;
  console.log(`\n## Cold start: ${basename(picture)} from the command to the file, milliseconds, medians of ${runs}\n`);
  head(['model', 'whole command', ...(rembgPython ? ['rembg'] : [])]);
  for (const model of models) {
    const args = ['remove', picture, '-o', join(scratch, 'cold.png'), '-m', model, '--no-config', '-q'];
    run(...args); // makes the kept graph, where it is not there
    const ours = [];
    const theirs = [];
    for (let i = 0; i < runs; ++i) {
      ours.push(run(...args).wall);
      if (rembgPython) theirs.push(rembgFromNothing(model, picture).wall);
    }
    row([basename(model), median(ours).toFixed(0), ...(rembgPython ? [median(theirs).toFixed(0)] : [])]);
  }
}

/// A run over all of the folder, from nothing.
function folderRun(label, model, args) {
  const out = join(scratch, 'many');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const before = childTimes();
  const { out: text, wall } = run(...args(out), '-m', model, '--effort', effort, '--json', '--no-config', '-q');
  const used = childTimes() - before;
  const count = readdirSync(out).length;
  const lines = text.trim().split('\n');
  const summary = label === 'folder' ? JSON.parse(lines[lines.length - 1]).summary : null;
  rmSync(out, { recursive: true, force: true });
  return { count, wall, used, summary };
}

/// Milliseconds of processor time of the children that ended, by the kernel's account (clock ticks of 10 ms).
function childTimes() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

function manyPictures() {
  const cores = cpus().length;
  console.log(`\n## A folder (${manyFolder}), ${cores} cores\n`);
  head(['model', 'how', 'pictures', 'seconds', 'pictures/s', 'cores busy', 'peak memory', 'against one core']);
  const ways = [
    ['folder, one core', 'folder', (out) => ['folder', manyFolder, out, '--jobs', '1', '--threads', '1']],
    ['remove, one by one', 'remove', (out) => ['remove', manyFolder, '-o', `${out}/`]],
    ['folder', 'folder', (out) => ['folder', manyFolder, out]],
  ];
  for (const model of models) {
    // The split of the cores is searched once for a model; that is not to be part of it.
    folderRun('folder', model, ways[2][2]);
    let base = 0;
    for (const [label, kind, args] of ways) {
      const { count, wall, used, summary } = folderRun(kind, model, args);
      const seconds = summary ? summary.seconds : wall / 1000;
      base ||= seconds;
      const busy = used / wall / cores;
      row([
        basename(model), summary ? `${label} (${summary.jobs} x ${summary.threads})` : label, count, seconds.toFixed(1),
        (count / seconds).toFixed(2), `${(busy * 100).toFixed(0)} %`,
        summary ? `${(summary.peak_memory_bytes / 1e6).toFixed(0)} MB` : '', `${(base / seconds).toFixed(2)}x`,
      ]);
    }
  }
}

console.log(`${cpus()[0].model}, ${cpus().length} cores; ${run('--version').out.trim()}`);
await oneAfterTheOther();
if (rembgPython) console.log(`\n${[...versions].join(', ')}, in turn with peel, with the same weights`);
coldStart();
manyPictures();
