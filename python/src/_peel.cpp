// peel._peel: peel.h as Python sees it, and no more than that; what is pleasant to use stands in peel/*.py.
//
// Python's limited API of 3.11, the first with buffers in it: one module for that version and every later one.
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

#include "peel/peel.h"

namespace {

template <auto Free>
struct Freed {
  template <typename Handle>
  void operator()(Handle* handle) const {
    Free(handle);
  }
};
using Settings = std::unique_ptr<peel_settings, Freed<peel_settings_free>>;
using Bytes = std::unique_ptr<peel_bytes, Freed<peel_bytes_free>>;
using Outcome = std::unique_ptr<peel_result, Freed<peel_result_free>>;

struct Decref {
  void operator()(PyObject* object) const { Py_DECREF(object); }
};
using Ref = std::unique_ptr<PyObject, Decref>;

/// Takes the interpreter for a callback from a thread of the library's.
class WithPython {
 public:
  WithPython() : state_(PyGILState_Ensure()) {}
  WithPython(const WithPython&) = delete;
  WithPython& operator=(const WithPython&) = delete;
  ~WithPython() { PyGILState_Release(state_); }

 private:
  PyGILState_STATE state_;
};

/// Lets other threads of Python run meanwhile.
template <typename Call>
auto without_python(const Call& call) {
  PyThreadState* const state = PyEval_SaveThread();
  auto result = call();
  PyEval_RestoreThread(state);
  return result;
}

PyObject* make_error = nullptr;  ///< peel._errors.make(code, message, hint)
PyObject* log_function = nullptr;

/// What a function of peel.h said, as a Python exception.
class Told {
 public:
  Told() = default;
  Told(const Told&) = delete;
  Told& operator=(const Told&) = delete;
  ~Told() { peel_error_free(error_); }
  operator peel_error**() { return &error_; }  // NOLINT(google-explicit-constructor): it stands for the argument

  static PyObject* exception(const peel_error* error) {
    const auto code = static_cast<int>(peel_error_code(error));
    const char* const message = peel_error_message(error);
    const char* const hint = peel_error_hint(error);
    const Ref text(
        PyUnicode_DecodeUTF8(message, static_cast<Py_ssize_t>(std::char_traits<char>::length(message)), "replace"));
    const Ref advice(
        PyUnicode_DecodeUTF8(hint, static_cast<Py_ssize_t>(std::char_traits<char>::length(hint)), "replace"));
    if (!make_error || !text || !advice) return nullptr;
    return PyObject_CallFunction(make_error, "iOO", code, text.get(), advice.get());
  }
  PyObject* raise() const {
    const Ref exception(Told::exception(error_));
    if (exception) PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.get())), exception.get());
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_RuntimeError, peel_error_message(error_));
    return nullptr;
  }

 private:
  peel_error* error_ = nullptr;
};

PyObject* text_of(const Bytes& bytes) {
  return PyUnicode_DecodeUTF8(static_cast<const char*>(peel_bytes_data(bytes.get())),
                              static_cast<Py_ssize_t>(peel_bytes_size(bytes.get())), "replace");
}

/// A name of a file as the system has it.
Ref path_of(PyObject* given) {
  PyObject* encoded = nullptr;
  return PyUnicode_FSConverter(given, &encoded) ? Ref(encoded) : nullptr;
}

// ---- Handles: a Python object each ----

template <typename Handle>
struct Object {
  PyObject_HEAD  // NOLINT: it is Python's way
      Handle* handle;
  pid_t process;  ///< whose handle it is: one that was forked off must not even free it
};

struct PictureObject {
  PyObject_HEAD  // NOLINT
      peel_picture* handle;
  pid_t process;
  bool own;  ///< the library made the pixels: they may be written to
  peel_pixels pixels;
  std::array<Py_ssize_t, 3> shape;
  std::array<Py_ssize_t, 3> strides;
};

PyTypeObject* picture_type = nullptr;
PyTypeObject* remover_type = nullptr;
PyTypeObject* scanner_type = nullptr;
PyTypeObject* batch_type = nullptr;
PyTypeObject* control_type = nullptr;

template <typename Handle, void (*Free)(Handle*)>
void dealloc(PyObject* self) {
  auto* const object = reinterpret_cast<Object<Handle>*>(self);
  if (object->handle && object->process == getpid()) {
    without_python([&] {
      Free(object->handle);
      return 0;
    });
  }
  PyTypeObject* const type = Py_TYPE(self);
  const auto free = reinterpret_cast<freefunc>(PyType_GetSlot(type, Py_tp_free));
  free(self);
  Py_DECREF(type);
}

template <typename Handle>
PyObject* wrap(PyTypeObject* type, Handle* handle) {
  const auto alloc = reinterpret_cast<allocfunc>(PyType_GetSlot(type, Py_tp_alloc));
  PyObject* const self = alloc(type, 0);
  if (!self) return nullptr;
  auto* const object = reinterpret_cast<Object<Handle>*>(self);
  object->handle = handle;
  object->process = getpid();
  return self;
}

int channels_of(peel_format format) {
  switch (format) {
    case PEEL_GRAY8:
    case PEEL_GRAY16:
      return 1;
    case PEEL_GRAY_ALPHA8:
    case PEEL_GRAY_ALPHA16:
      return 2;
    case PEEL_RGBA8:
    case PEEL_BGRA8:
    case PEEL_RGBA16:
      return 4;
    default:
      return 3;
  }
}

PyObject* wrap_picture(peel_picture* picture, bool own) {
  PyObject* const self = wrap(picture_type, picture);
  if (!self) {
    peel_picture_free(picture);
    return nullptr;
  }
  auto* const object = reinterpret_cast<PictureObject*>(self);
  object->own = own;
  object->pixels = {};
  return self;
}

PyObject* picture_or_none(peel_picture* picture) {
  return picture ? wrap_picture(picture, true) : Py_NewRef(Py_None);
}

template <typename Handle>
Handle* handle_of(PyObject* object, PyTypeObject* type) {
  if (!PyObject_TypeCheck(object, type)) {
    PyErr_Format(PyExc_TypeError, "not the right kind of object: %R", object);
    return nullptr;
  }
  auto* const own = reinterpret_cast<Object<Handle>*>(object);
  if (own->process == getpid()) return own->handle;
  PyErr_SetString(PyExc_RuntimeError, "this object is of the process that this one was forked off");
  return nullptr;
}
peel_picture* picture_of(PyObject* object) {
  return handle_of<peel_picture>(object, picture_type);
}

/// None: nothing. False with an exception where it is no control.
bool control_of(PyObject* object, peel_control*& control) {
  control = nullptr;
  if (object == Py_None) return true;
  control = handle_of<peel_control>(object, control_type);
  return control != nullptr;
}

/// A list of pairs, each a name and a text or a picture, as settings of a task. Null with an exception.
Settings settings_of(const char* task, PyObject* pairs) {
  Told error;
  Settings settings(peel_settings_new(task, error));
  if (!settings) return error.raise(), nullptr;
  const Ref sequence(PySequence_Tuple(pairs));
  if (!sequence) return nullptr;
  for (Py_ssize_t i = 0; i < PyTuple_Size(sequence.get()); ++i) {
    const char* name = nullptr;
    PyObject* value = nullptr;
    if (!PyArg_ParseTuple(PyTuple_GetItem(sequence.get(), i), "sO", &name, &value)) return nullptr;
    peel_code code = PEEL_OK;
    if (PyUnicode_Check(value)) {
      const char* const text = PyUnicode_AsUTF8AndSize(value, nullptr);
      if (!text) return nullptr;
      code = peel_settings_set(settings.get(), name, text, error);
    } else {
      peel_picture* const picture = picture_of(value);
      if (!picture) return nullptr;
      code = peel_settings_set_picture(settings.get(), name, picture, error);
    }
    if (code != PEEL_OK) return error.raise(), nullptr;
  }
  return settings;
}

// ---- Picture ----

void release_buffer(void* user) {
  auto* const view = static_cast<Py_buffer*>(user);
  if (Py_IsInitialized()) {
    const WithPython python;
    PyBuffer_Release(view);
  }
  delete view;
}

PyObject* picture_from_buffer(PyObject*, PyObject* args) {
  PyObject* source = nullptr;
  int width = 0;
  int height = 0;
  Py_ssize_t stride = 0;
  int format = 0;
  Py_buffer profile{};
  if (!PyArg_ParseTuple(args, "Oiiniz*", &source, &width, &height, &stride, &format, &profile)) return nullptr;
  auto view = std::make_unique<Py_buffer>();
  if (PyObject_GetBuffer(source, view.get(), PyBUF_STRIDES) != 0) {
    if (profile.obj) PyBuffer_Release(&profile);
    return nullptr;
  }
  const peel_pixels pixels{view->buf,
                           width,
                           height,
                           stride,
                           static_cast<peel_format>(format),
                           profile.buf,
                           profile.buf ? static_cast<std::size_t>(profile.len) : 0};
  Told error;
  Py_buffer* const user = view.release();
  peel_picture* const picture =
      without_python([&] { return peel_picture_borrow_pixels(&pixels, release_buffer, user, error); });
  if (profile.obj) PyBuffer_Release(&profile);
  return picture ? wrap_picture(picture, false) : error.raise();
}

PyObject* decode(PyObject*, PyObject* args) {
  Py_buffer bytes;
  const char* task = nullptr;
  PyObject* pairs = nullptr;
  if (!PyArg_ParseTuple(args, "y*sO", &bytes, &task, &pairs)) return nullptr;
  const Settings settings = settings_of(task, pairs);
  Told error;
  peel_picture* picture = nullptr;
  if (settings) {
    picture = without_python(
        [&] { return peel_picture_decode(bytes.buf, static_cast<std::size_t>(bytes.len), settings.get(), error); });
  }
  PyBuffer_Release(&bytes);
  if (!settings) return nullptr;
  return picture ? wrap_picture(picture, true) : error.raise();
}

PyObject* load(PyObject*, PyObject* args) {
  PyObject* file = nullptr;
  const char* task = nullptr;
  PyObject* pairs = nullptr;
  if (!PyArg_ParseTuple(args, "OsO", &file, &task, &pairs)) return nullptr;
  const Ref path = path_of(file);
  const Settings settings = path ? settings_of(task, pairs) : nullptr;
  if (!settings) return nullptr;
  Told error;
  peel_picture* const picture =
      without_python([&] { return peel_picture_load(PyBytes_AsString(path.get()), settings.get(), error); });
  return picture ? wrap_picture(picture, true) : error.raise();
}

PyObject* picture_encode(PyObject* self, PyObject* args) {
  const char* task = nullptr;
  PyObject* pairs = nullptr;
  if (!PyArg_ParseTuple(args, "sO", &task, &pairs)) return nullptr;
  peel_picture* const picture = picture_of(self);
  const Settings settings = picture ? settings_of(task, pairs) : nullptr;
  if (!settings) return nullptr;
  Told error;
  const Bytes bytes(without_python([&] { return peel_picture_encode(picture, settings.get(), error); }));
  if (!bytes) return error.raise();
  return PyBytes_FromStringAndSize(static_cast<const char*>(peel_bytes_data(bytes.get())),
                                   static_cast<Py_ssize_t>(peel_bytes_size(bytes.get())));
}

PyObject* picture_save(PyObject* self, PyObject* args) {
  PyObject* file = nullptr;
  const char* task = nullptr;
  PyObject* pairs = nullptr;
  if (!PyArg_ParseTuple(args, "OsO", &file, &task, &pairs)) return nullptr;
  peel_picture* const picture = picture_of(self);
  const Ref path = picture ? path_of(file) : nullptr;
  const Settings settings = path ? settings_of(task, pairs) : nullptr;
  if (!settings) return nullptr;
  Told error;
  const peel_code code =
      without_python([&] { return peel_picture_save(picture, PyBytes_AsString(path.get()), settings.get(), error); });
  return code == PEEL_OK ? Py_NewRef(Py_None) : error.raise();
}

PyObject* picture_describe(PyObject* self, PyObject*) {
  peel_picture* const picture = picture_of(self);
  if (!picture) return nullptr;
  Told error;
  const Bytes text(peel_picture_describe(picture, error));
  return text ? text_of(text) : error.raise();
}

PyObject* picture_profile(PyObject* self, PyObject*) {
  peel_picture* const picture = picture_of(self);
  if (!picture) return nullptr;
  Told error;
  peel_pixels pixels{};
  if (peel_picture_pixels(picture, &pixels, error) != PEEL_OK) return error.raise();
  if (!pixels.icc_profile) return Py_NewRef(Py_None);
  return PyBytes_FromStringAndSize(static_cast<const char*>(pixels.icc_profile),
                                   static_cast<Py_ssize_t>(pixels.icc_profile_size));
}

/// Writes the pixels into a writable buffer as rows of another format (BGR).
PyObject* picture_copy_to(PyObject* self, PyObject* args) {
  Py_buffer target;
  int format = 0;
  if (!PyArg_ParseTuple(args, "w*i", &target, &format)) return nullptr;
  peel_picture* const picture = picture_of(self);
  Told error;
  peel_pixels own{};
  peel_code code = PEEL_USAGE;
  if (picture && (code = peel_picture_pixels(picture, &own, error)) == PEEL_OK) {
    const auto layout = static_cast<peel_format>(format);
    const int sample = layout >= PEEL_GRAY16 ? 2 : 1;
    const Py_ssize_t stride = static_cast<Py_ssize_t>(own.width) * channels_of(layout) * sample;
    if (target.len < stride * own.height) {
      PyBuffer_Release(&target);
      PyErr_SetString(PyExc_ValueError, "the buffer is too small");
      return nullptr;
    }
    const peel_room room{target.buf, own.width, own.height, stride, layout};
    code = without_python([&] { return peel_picture_copy_to(picture, &room, error); });
  }
  PyBuffer_Release(&target);
  if (!picture) return nullptr;
  return code == PEEL_OK ? Py_NewRef(Py_None) : error.raise();
}

int picture_get_buffer(PyObject* self, Py_buffer* view, int flags) {
  auto* const object = reinterpret_cast<PictureObject*>(self);
  peel_picture* const picture = picture_of(self);
  view->obj = nullptr;
  if (!picture) return -1;
  if (!object->own && (flags & PyBUF_WRITABLE) != 0) {
    PyErr_SetString(PyExc_BufferError, "the pixels are somebody else's");
    return -1;
  }
  Told error;
  peel_pixels& pixels = object->pixels;
  if (!pixels.data) {
    peel_room room{};
    // Its own before they are handed out, so that nothing that shares them changes with them.
    if (object->own && peel_picture_edit(picture, &room, error) != PEEL_OK) return error.raise(), -1;
    if (peel_picture_pixels(picture, &pixels, error) != PEEL_OK) return error.raise(), -1;
  }
  const int count = channels_of(pixels.format);
  const Py_ssize_t sample = pixels.format >= PEEL_GRAY16 ? 2 : 1;
  object->shape = {pixels.height, pixels.width, count};
  object->strides = {static_cast<Py_ssize_t>(pixels.stride), count * sample, sample};
  view->buf = const_cast<void*>(pixels.data);  // read-only, where they are not its own
  view->obj = Py_NewRef(self);
  view->len = static_cast<Py_ssize_t>(pixels.stride) * pixels.height;
  view->itemsize = sample;
  view->readonly = object->own ? 0 : 1;
  view->ndim = count == 1 ? 2 : 3;
  static char bytes[] = "B";
  static char words[] = "H";
  view->format = (flags & PyBUF_FORMAT) != 0 ? (sample == 2 ? words : bytes) : nullptr;
  view->shape = (flags & PyBUF_ND) != 0 ? object->shape.data() : nullptr;
  view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? object->strides.data() : nullptr;
  view->suboffsets = nullptr;
  view->internal = nullptr;
  return 0;
}

// ---- Work ----

PyObject* tuple_of(const Outcome& outcome) {
  Told error;
  const Bytes text(peel_result_describe(outcome.get(), error));
  if (!text) return error.raise();
  peel_picture* const made = peel_result_picture(outcome.get());
  peel_picture* const mask = peel_result_mask(outcome.get());
  return Py_BuildValue("NNN", picture_or_none(made), picture_or_none(mask), text_of(text));
}

/// The result goes first, so that its pictures are nobody else's when somebody writes to them.
PyObject* taken(Outcome outcome) {
  PyObject* const tuple = tuple_of(outcome);
  return tuple;
}

template <typename Handle, auto New>
PyObject* make(PyTypeObject* type, const char* task, PyObject* args) {
  PyObject* pairs = nullptr;
  PyObject* watch = nullptr;
  if (!PyArg_ParseTuple(args, "OO", &pairs, &watch)) return nullptr;
  peel_control* control = nullptr;
  if (!control_of(watch, control)) return nullptr;
  const Settings settings = settings_of(task, pairs);
  if (!settings) return nullptr;
  Told error;
  Handle* const handle = without_python([&] { return New(settings.get(), control, error); });
  return handle ? wrap(type, handle) : error.raise();
}
PyObject* new_remover(PyObject*, PyObject* args) {
  return make<peel_remover, peel_remover_new>(remover_type, "remove", args);
}
PyObject* new_scanner(PyObject*, PyObject* args) {
  return make<peel_scanner, peel_scanner_new>(scanner_type, "scan", args);
}
PyObject* new_batch(PyObject*, PyObject* args) {
  return make<peel_batch, peel_batch_new>(batch_type, "folder", args);
}
PyObject* new_control(PyObject*, PyObject*) {
  Told error;
  peel_control* const control = peel_control_new(error);
  return control ? wrap(control_type, control) : error.raise();
}

template <typename Handle, auto Work>
PyObject* work_on(PyObject* self, PyTypeObject* type, const char* task, PyObject* args) {
  PyObject* source = nullptr;
  PyObject* pairs = nullptr;
  PyObject* watch = nullptr;
  if (!PyArg_ParseTuple(args, "OOO", &source, &pairs, &watch)) return nullptr;
  Handle* const handle = handle_of<Handle>(self, type);
  peel_picture* const picture = handle ? picture_of(source) : nullptr;
  peel_control* control = nullptr;
  if (!picture || !control_of(watch, control)) return nullptr;
  const Settings settings = settings_of(task, pairs);
  if (!settings) return nullptr;
  Told error;
  Outcome outcome(without_python([&] { return Work(handle, picture, settings.get(), control, error); }));
  return outcome ? taken(std::move(outcome)) : error.raise();
}
PyObject* remover_remove(PyObject* self, PyObject* args) {
  return work_on<peel_remover, peel_remove>(self, remover_type, "remove", args);
}
PyObject* scanner_scan(PyObject* self, PyObject* args) {
  return work_on<peel_scanner, peel_scan>(self, scanner_type, "scan", args);
}
template <auto Work>
PyObject* by_mask(PyObject*, PyObject* args) {
  PyObject* source = nullptr;
  PyObject* given = nullptr;
  PyObject* pairs = nullptr;
  PyObject* watch = nullptr;
  if (!PyArg_ParseTuple(args, "OOOO", &source, &given, &pairs, &watch)) return nullptr;
  peel_picture* const picture = picture_of(source);
  peel_picture* const mask = picture ? picture_of(given) : nullptr;
  peel_control* control = nullptr;
  if (!mask || !control_of(watch, control)) return nullptr;
  const Settings settings = settings_of("remove", pairs);
  if (!settings) return nullptr;
  Told error;
  Outcome outcome(without_python([&] { return Work(picture, mask, settings.get(), control, error); }));
  return outcome ? taken(std::move(outcome)) : error.raise();
}

PyObject* remover_describe(PyObject* self, PyObject*) {
  peel_remover* const remover = handle_of<peel_remover>(self, remover_type);
  if (!remover) return nullptr;
  Told error;
  const Bytes text(peel_remover_describe(remover, error));
  return text ? text_of(text) : error.raise();
}

PyObject* batch_describe(PyObject* self, PyObject*) {
  peel_batch* const batch = handle_of<peel_batch>(self, batch_type);
  if (!batch) return nullptr;
  Told error;
  const Bytes text(peel_batch_describe(batch, error));
  return text ? text_of(text) : error.raise();
}

PyObject* control_stop(PyObject* self, PyObject*) {
  peel_control* const control = handle_of<peel_control>(self, control_type);
  if (!control) return nullptr;
  peel_control_stop(control);
  return Py_NewRef(Py_None);
}

/// Calls of a batch into Python. What they raise ends the run, and is raised by it.
struct BatchCalls {
  PyObject* next;
  PyObject* done;
  Ref input{};  ///< what the last job's texts belong to
  Ref output{};
  Ref type{}, value{}, trace{};

  void fail() {
    PyObject *kind = nullptr, *what = nullptr, *where = nullptr;
    PyErr_Fetch(&kind, &what, &where);
    if (type) {
      Py_XDECREF(kind), Py_XDECREF(what), Py_XDECREF(where);
      return;
    }
    type.reset(kind), value.reset(what), trace.reset(where);
  }

  static int next_job(void* user, peel_job* job) {
    auto& own = *static_cast<BatchCalls*>(user);
    const WithPython python;
    if (own.type) return 0;
    const Ref given(PyObject_CallNoArgs(own.next));
    if (!given) return own.fail(), 0;
    if (given.get() == Py_None) return 0;
    PyObject *input = nullptr, *output = nullptr;
    unsigned long long tag = 0;
    if (!PyArg_ParseTuple(given.get(), "OOK", &input, &output, &tag)) return own.fail(), 0;
    own.input = path_of(input);
    own.output = output == Py_None ? nullptr : path_of(output);
    if (!own.input || (output != Py_None && !own.output)) return own.fail(), 0;
    *job = {PyBytes_AsString(own.input.get()), own.output ? PyBytes_AsString(own.output.get()) : nullptr, tag};
    return 1;
  }

  static void one_done(void* user, const peel_done* done) {
    auto& own = *static_cast<BatchCalls*>(user);
    Outcome outcome(done->result);
    const WithPython python;
    const Ref result(outcome ? taken(std::move(outcome)) : Py_NewRef(Py_None));
    const Ref error(done->error ? Told::exception(done->error) : Py_NewRef(Py_None));
    if (!result || !error) return own.fail();
    const Ref answer(
        PyObject_CallFunction(own.done, "KOO", static_cast<unsigned long long>(done->tag), result.get(), error.get()));
    if (!answer) own.fail();
  }
};

PyObject* batch_run(PyObject* self, PyObject* args) {
  PyObject *next = nullptr, *done = nullptr, *pairs = nullptr, *watch = nullptr;
  if (!PyArg_ParseTuple(args, "OOOO", &next, &done, &pairs, &watch)) return nullptr;
  peel_batch* const batch = handle_of<peel_batch>(self, batch_type);
  peel_control* control = nullptr;
  if (!batch || !control_of(watch, control)) return nullptr;
  const Settings settings = settings_of("folder", pairs);
  if (!settings) return nullptr;
  BatchCalls calls{next, done};
  const peel_batch_calls given{BatchCalls::next_job, BatchCalls::one_done, &calls};
  Told error;
  const peel_code code = without_python([&] { return peel_batch_run(batch, &given, settings.get(), control, error); });
  if (calls.type) {
    PyErr_Restore(calls.type.release(), calls.value.release(), calls.trace.release());
    return nullptr;
  }
  return code == PEEL_OK ? Py_NewRef(Py_None) : error.raise();
}

// ---- Models, machine, messages ----

template <auto Ask>
PyObject* ask(PyObject*, PyObject*) {
  Told error;
  const Bytes text(without_python([&] { return Ask(error); }));
  return text ? text_of(text) : error.raise();
}

PyObject* options(PyObject*, PyObject* args) {
  const char* task = nullptr;
  if (!PyArg_ParseTuple(args, "s", &task)) return nullptr;
  Told error;
  const Bytes text(peel_options(task, error));
  return text ? text_of(text) : error.raise();
}

PyObject* download(PyObject*, PyObject* args) {
  const char* name = nullptr;
  PyObject* watch = nullptr;
  if (!PyArg_ParseTuple(args, "sO", &name, &watch)) return nullptr;
  peel_control* control = nullptr;
  if (!control_of(watch, control)) return nullptr;
  Told error;
  const Bytes text(without_python([&] { return peel_models_download(name, control, error); }));
  return text ? text_of(text) : error.raise();
}

PyObject* quantize(PyObject*, PyObject* args) {
  PyObject *pairs = nullptr, *watch = nullptr;
  if (!PyArg_ParseTuple(args, "OO", &pairs, &watch)) return nullptr;
  peel_control* control = nullptr;
  if (!control_of(watch, control)) return nullptr;
  const Settings settings = settings_of("quantize", pairs);
  if (!settings) return nullptr;
  Told error;
  const Bytes text(without_python([&] { return peel_quantize(settings.get(), control, error); }));
  return text ? text_of(text) : error.raise();
}

void pass_on(void*, peel_level level, const char* message) {
  if (!Py_IsInitialized()) return;
  const WithPython python;
  if (!log_function) return;
  const Ref text(
      PyUnicode_DecodeUTF8(message, static_cast<Py_ssize_t>(std::char_traits<char>::length(message)), "replace"));
  const Ref answer(text ? PyObject_CallFunction(log_function, "iO", static_cast<int>(level), text.get()) : nullptr);
  if (!answer) PyErr_Clear();  // there is nobody to be told
}

PyObject* set_log(PyObject*, PyObject* args) {
  PyObject* function = nullptr;
  if (!PyArg_ParseTuple(args, "O", &function)) return nullptr;
  const bool none = function == Py_None;
  without_python([&] {
    peel_set_log(none ? nullptr : pass_on, nullptr);
    return 0;
  });
  Py_XDECREF(log_function);
  log_function = none ? nullptr : Py_NewRef(function);
  return Py_NewRef(Py_None);
}

PyObject* set_errors(PyObject*, PyObject* args) {
  PyObject* function = nullptr;
  if (!PyArg_ParseTuple(args, "O", &function)) return nullptr;
  Py_XDECREF(make_error);
  make_error = Py_NewRef(function);
  return Py_NewRef(Py_None);
}

PyObject* version(PyObject*, PyObject*) {
  return PyUnicode_FromString(peel_version());
}

// ---- The module ----

template <typename Handle, void (*Free)(Handle*)>
PyTypeObject* type_of(const char* name, std::size_t size, PyMethodDef* methods,
                      int (*buffer)(PyObject*, Py_buffer*, int)) {
  std::array<PyType_Slot, 4> slots{{{Py_tp_dealloc, reinterpret_cast<void*>(dealloc<Handle, Free>)},
                                    {Py_tp_methods, methods},
                                    {buffer ? Py_bf_getbuffer : 0, reinterpret_cast<void*>(buffer)},
                                    {0, nullptr}}};
  PyType_Spec spec{name, static_cast<int>(size), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                   slots.data()};
  return reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
}

std::array<PyMethodDef, 6> picture_methods{{{"encode", picture_encode, METH_VARARGS, nullptr},
                                            {"save", picture_save, METH_VARARGS, nullptr},
                                            {"describe", picture_describe, METH_NOARGS, nullptr},
                                            {"profile", picture_profile, METH_NOARGS, nullptr},
                                            {"copy_to", picture_copy_to, METH_VARARGS, nullptr},
                                            {nullptr, nullptr, 0, nullptr}}};
std::array<PyMethodDef, 3> remover_methods{{{"remove", remover_remove, METH_VARARGS, nullptr},
                                            {"describe", remover_describe, METH_NOARGS, nullptr},
                                            {nullptr, nullptr, 0, nullptr}}};
std::array<PyMethodDef, 2> scanner_methods{
    {{"scan", scanner_scan, METH_VARARGS, nullptr}, {nullptr, nullptr, 0, nullptr}}};
std::array<PyMethodDef, 3> batch_methods{{{"run", batch_run, METH_VARARGS, nullptr},
                                          {"describe", batch_describe, METH_NOARGS, nullptr},
                                          {nullptr, nullptr, 0, nullptr}}};
std::array<PyMethodDef, 2> control_methods{
    {{"stop", control_stop, METH_NOARGS, nullptr}, {nullptr, nullptr, 0, nullptr}}};

std::array<PyMethodDef, 18> functions{{{"picture_from_buffer", picture_from_buffer, METH_VARARGS, nullptr},
                                       {"decode", decode, METH_VARARGS, nullptr},
                                       {"load", load, METH_VARARGS, nullptr},
                                       {"remover", new_remover, METH_VARARGS, nullptr},
                                       {"scanner", new_scanner, METH_VARARGS, nullptr},
                                       {"batch", new_batch, METH_VARARGS, nullptr},
                                       {"control", new_control, METH_NOARGS, nullptr},
                                       {"apply_mask", by_mask<peel_apply_mask>, METH_VARARGS, nullptr},
                                       {"apply_trimap", by_mask<peel_apply_trimap>, METH_VARARGS, nullptr},
                                       {"info", ask<peel_info>, METH_NOARGS, nullptr},
                                       {"models", ask<peel_models>, METH_NOARGS, nullptr},
                                       {"options", options, METH_VARARGS, nullptr},
                                       {"download", download, METH_VARARGS, nullptr},
                                       {"quantize", quantize, METH_VARARGS, nullptr},
                                       {"set_log", set_log, METH_VARARGS, nullptr},
                                       {"set_errors", set_errors, METH_VARARGS, nullptr},
                                       {"version", version, METH_NOARGS, nullptr},
                                       {nullptr, nullptr, 0, nullptr}}};

PyModuleDef module{
    PyModuleDef_HEAD_INIT, "peel._peel", nullptr, -1, functions.data(), nullptr, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit__peel() {
  if (peel_abi() != PEEL_ABI) {
    PyErr_Format(PyExc_ImportError, "libpeel %s has interface %d, and this module is for %d", peel_version(),
                 static_cast<int>(peel_abi()), PEEL_ABI);
    return nullptr;
  }
  picture_type = type_of<peel_picture, peel_picture_free>("peel._peel.Picture", sizeof(PictureObject),
                                                          picture_methods.data(), picture_get_buffer);
  remover_type = type_of<peel_remover, peel_remover_free>("peel._peel.Remover", sizeof(Object<peel_remover>),
                                                          remover_methods.data(), nullptr);
  scanner_type = type_of<peel_scanner, peel_scanner_free>("peel._peel.Scanner", sizeof(Object<peel_scanner>),
                                                          scanner_methods.data(), nullptr);
  batch_type = type_of<peel_batch, peel_batch_free>("peel._peel.Batch", sizeof(Object<peel_batch>),
                                                    batch_methods.data(), nullptr);
  control_type = type_of<peel_control, peel_control_free>("peel._peel.Control", sizeof(Object<peel_control>),
                                                          control_methods.data(), nullptr);
  PyObject* const made = PyModule_Create(&module);
  if (!made || !picture_type || !remover_type || !scanner_type || !batch_type || !control_type) return nullptr;
  PyModule_AddObjectRef(made, "Picture", reinterpret_cast<PyObject*>(picture_type));
  return made;
}
