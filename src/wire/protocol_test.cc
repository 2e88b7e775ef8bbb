// The published vectors of all AWS protocols against our readers and writers; one runner for all of them.
//
// Input: the request as it is on the wire, read by us, is what was passed; what we write for it reads back as the same and has the same
// method, path, query and listed headers. Output: what we read from the answer, and from our own answer for the same result, is the
// result; status and listed headers are the same. Errors likewise. Cases that a server rightly answers otherwise are in kExceptions, each
// with its reason; one that passes although it is listed fails the test.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/encoding.h"
#include "base/strings.h"
#include "wire/codec.h"
#include "wire/dynamic_model.h"
#include "wire/protocol_exceptions.h"
#include "wire/query.h"
#include "wire/slots.h"

using namespace fogbank;
using namespace fogbank::wire;

namespace {

std::string data_folder() {
  if (const char* env = std::getenv("FOGBANK_TEST_DATA")) return env;
  return cat(FOGBANK_SOURCE_DIR, "/../shared/data");
}

/// "Name: value\r\n" lines as headers.
std::vector<Header> split_headers(std::string_view lines) {
  std::vector<Header> out;
  while (!lines.empty()) {
    size_t end = lines.find("\r\n");
    std::string_view line = lines.substr(0, end);
    size_t colon = line.find(": ");
    out.push_back({line.substr(0, colon), line.substr(colon + 2)});
    lines.remove_prefix(end + 2);
  }
  return out;
}

std::vector<Header> listed_headers(const Document* headers) {
  std::vector<Header> out;
  if (headers) for (const auto& h : headers->object) out.push_back({h.key, h.value.text});
  return out;
}

const Header* find(const std::vector<Header>& headers, std::string_view name) {
  for (const Header& h : headers) if (iequals(h.name, name)) return &h;
  return nullptr;
}

std::string body_of(Protocol protocol, const Document* message) {
  std::string body(get_text(message, "body"));
  if (protocol == Protocol::rpc_v2_cbor || body.starts_with("AAA")) body = unbase64(body).value_or(body);
  return body;
}

struct Uri { std::string_view path, query; };
Uri split_uri(std::string_view uri) {
  size_t mark = uri.find('?');
  if (mark == std::string_view::npos) return {uri, {}};
  return {uri.substr(0, mark), uri.substr(mark + 1)};
}

std::multiset<std::string> parameters(std::string_view query, Arena& arena) {
  std::vector<Param> params;
  split_params(query, params, arena);
  std::multiset<std::string> out;
  for (const Param& p : params) out.insert(cat(p.key, '=', p.value));
  return out;
}

/// Spaces around commas and the charset that botocore adds mean nothing.
std::string plain(std::string_view value) {
  std::string out(trim(value));
  out = replace_all(out, "; charset=utf-8", "");
  out = replace_all(out, ", ", ",");
  return replace_all(out, " ,", ",");
}

std::string compare_headers(const Document* message, const std::vector<Header>& ours) {
  for (const Header& h : listed_headers(get(message, "headers"))) {
    if (iequals(h.name, "content-length")) continue;  // the server's
    const Header* o = find(ours, h.name);
    if (!o) return cat("header ", h.name, " is missing");
    if (plain(o->value) != plain(h.value)) return cat("header ", h.name, ": ", o->value, " against ", h.value);
  }
  if (const Document* forbidden = get(message, "forbidHeaders"))
    for (const Document& f : forbidden->array)
      if (find(ours, f.text)) return cat("header ", f.text, " must not be there");
  return {};
}

std::string compare_bytes(Protocol protocol, const Document* wanted, const Message& message, Arena& arena) {
  if (std::string_view method = get_text(wanted, "method", message.method); method != message.method) return cat("method ", message.method);
  Uri ours = split_uri(message.path_and_query), theirs = split_uri(get_text(wanted, "uri"));
  if (ours.path != theirs.path) return cat("path ", ours.path, " against ", theirs.path);
  if (parameters(ours.query, arena) != parameters(theirs.query, arena)) return cat("query ", ours.query, " against ", theirs.query);
  bool form = protocol == Protocol::query || protocol == Protocol::ec2;
  if (form && parameters(message.body, arena) != parameters(get_text(wanted, "body"), arena)) return cat("body ", message.body, " against ", get_text(wanted, "body"));
  return compare_headers(wanted, split_headers(message.headers));
}

std::string run_input(DynamicModel& model, const Document* c) {
  Operation op = model.operation(get(c, "given"));
  const Document* wanted = get(c, "serialized");
  Protocol protocol = model.protocol();
  Arena& arena = model.arena();
  void* params = model.value(*op.input, get(c, "params"));

  std::string body = body_of(protocol, wanted);
  std::vector<Header> headers = listed_headers(get(wanted, "headers"));
  Uri uri = split_uri(get_text(wanted, "uri"));
  auto read = read_input(protocol, op, {get_text(wanted, "method", "POST"), uri.path, uri.query, &headers, body}, arena);
  if (!read) return cat("read: ", read.error().code, " ", read.error().message);
  if (std::string d = difference(*op.input, params, *read); !d.empty()) return cat("read: ", d);

  Message message;
  write_input(protocol, model.service(), op, params, message);
  headers = split_headers(message.headers);
  uri = split_uri(message.path_and_query);
  auto again = read_input(protocol, op, {message.method, uri.path, uri.query, &headers, message.body}, arena);
  if (!again) return cat("write: ", again.error().code, " ", again.error().message, ": ", message.body);
  if (std::string d = difference(*op.input, params, *again); !d.empty()) return cat("write: ", d, ": ", message.body);
  std::string d = compare_bytes(protocol, wanted, message, arena);
  return d.empty() ? d : cat("write: ", d);
}

/// A stream's events one by one: reads the recorded frames, writes each as we do, and reads ours.
std::string run_events(DynamicModel& model, const Operation& op, const Field& stream, const Document* c) {
  std::string bytes = body_of(model.protocol(), get(c, "response"));
  std::string_view rest = bytes;
  const Document* wanted = get(get(c, "result"), stream.name);
  size_t count = 0;
  while (!rest.empty()) {
    auto frame = read_event(rest);
    if (!frame || !frame->consumed) return "damaged frame";
    rest.remove_prefix(frame->consumed);
    bool initial = std::any_of(frame->headers.begin(), frame->headers.end(), [](const EventHeader& h) { return h.text == "initial-response"; });
    if (initial) {
      auto out = read_output(model.protocol(), op, {200, nullptr, frame->payload}, model.arena());
      if (!out || View(*out, op.output).text("InitialResponse") != get_text(get(c, "result"), "InitialResponse")) return "initial response";
      continue;
    }
    if (count >= wanted->array.size()) return "too many events";
    void* value = model.value(*stream.shape, &wanted->array[count++]);
    auto read = read_event_message(model.protocol(), *stream.shape, *frame, model.arena());
    if (!read) return cat("read: ", read.error().message);
    if (std::string d = difference(*stream.shape, value, *read); !d.empty()) return cat("read: ", d);
    for (const Field& f : stream.shape->fields) {
      if (!present(f.kind, member_slot(value, f))) continue;
      std::string ours;
      write_event_message(model.protocol(), f, structure_of(member_slot(value, f), false), ours);
      auto again = read_event(ours);
      if (!again || again->consumed != ours.size()) return "our frame is damaged";
      auto back = read_event_message(model.protocol(), *stream.shape, *again, model.arena());
      if (!back) return cat("write: ", back.error().message);
      if (std::string d = difference(*stream.shape, value, *back); !d.empty()) return cat("write: ", d);
    }
  }
  return count == wanted->array.size() ? "" : "events are missing";
}

std::string run_output(DynamicModel& model, const Document* c) {
  Operation op = model.operation(get(c, "given"));
  for (const Field& f : op.output->fields)
    if (f.shape->event_stream) return run_events(model, op, f, c);
  const Document* response = get(c, "response");
  Protocol protocol = model.protocol();
  Arena& arena = model.arena();
  void* result = model.value(*op.output, get(c, "result"));

  std::string body = body_of(protocol, response);
  std::vector<Header> headers = listed_headers(get(response, "headers"));
  int status = static_cast<int>(get(response, "status_code")->integer);
  auto read = read_output(protocol, op, {status, &headers, body}, arena);
  if (!read) return cat("read: ", read.error().code, " ", read.error().message);
  if (std::string d = difference(*op.output, result, *read); !d.empty()) return cat("read: ", d);

  Message message;
  write_output(protocol, model.service(), op, result, "request-id", message);
  if (message.status != status) return cat("write: status ", message.status, " against ", status);
  headers = split_headers(message.headers);
  auto again = read_output(protocol, op, {message.status, &headers, message.body}, arena);
  if (!again) return cat("write: ", again.error().code, " ", again.error().message, ": ", message.body);
  if (std::string d = difference(*op.output, result, *again); !d.empty()) return cat("write: ", d, ": ", message.body);
  std::string d = compare_headers(response, headers);
  return d.empty() ? d : cat("write: ", d);
}

using Members = std::vector<std::pair<std::string, std::string>>;

/// The members of a recorded error as an ApiError carries them.
Members error_members(DynamicModel& model, const Shape* shape, const Document* error) {
  Members out;
  if (!shape) return out;
  for (const Field& f : shape->fields) {
    const Document* v = get(error, f.name);
    if (!v || iequals(f.name, "message")) continue;
    std::string text;
    if (v->type == Document::Type::text) {
      text = v->text.view();
    } else if (f.kind == Kind::structure) {
      to_json(*f.shape, model.value(*f.shape, v), text);
    } else {
      void* slot = zeroed(model.arena(), f.shape->size);
      model.fill(*f.shape, v, slot, true);
      to_json(*f.shape, slot, text);
    }
    out.emplace_back(f.name, text);
  }
  return out;
}

std::string compare_error(const ApiError& got, std::string_view code, std::string_view message, const Members& members) {
  if (got.code != code && got.query_code != code) return cat("code ", got.code, " against ", code);
  if (message.data() && got.message != message) return cat("message ", got.message, " against ", message);
  Members sorted_got = got.members, sorted_wanted = members;
  std::sort(sorted_got.begin(), sorted_got.end());
  std::sort(sorted_wanted.begin(), sorted_wanted.end());
  for (const auto& m : sorted_wanted)
    if (std::find(sorted_got.begin(), sorted_got.end(), m) == sorted_got.end()) return cat("member ", m.first, " = ", m.second);
  return sorted_got.size() == sorted_wanted.size() ? std::string() : "surplus members";
}

std::string run_error(DynamicModel& model, const Document* c) {
  Operation op = model.operation(get(c, "given"));
  const Document* response = get(c, "response");
  std::string_view code = get_text(c, "errorCode"), text = get_text(c, "errorMessage");
  const Shape* shape = nullptr;
  for (const Shape* s : op.errors)
    if (code == s->name || (s->error_code && code == s->error_code)) shape = s;
  Members members = error_members(model, shape, get(c, "error"));
  int status = static_cast<int>(get(response, "status_code")->integer);

  std::vector<Header> headers = listed_headers(get(response, "headers"));
  std::string body = body_of(model.protocol(), response);
  ApiError read = read_error(model.protocol(), op, {status, &headers, body});
  if (std::string d = compare_error(read, code, text, members); !d.empty()) return cat("read: ", d);

  ApiError error{std::string(code), std::string(text)};
  error.members = members;
  if (!shape) error.status = status;
  Message message;
  write_error(model.protocol(), &model.service(), &op, error, "foo-id", message);
  if (message.status != status) return cat("write: status ", message.status, " against ", status);
  headers = split_headers(message.headers);
  ApiError again = read_error(model.protocol(), op, {message.status, &headers, message.body});
  if (std::string d = compare_error(again, code, text, members); !d.empty()) return cat("write: ", d, ": ", message.body);
  for (const Header& h : listed_headers(get(response, "headers")))
    if (!iequals(h.name, "x-amzn-errortype"))
      if (const Header* o = find(headers, h.name); !o || o->value != h.value) return cat("write: header ", h.name, " is ", o ? o->value : "missing");
  return {};
}

struct Totals { int run = 0, excepted = 0; };

void run_case(const std::string& id, DynamicModel& model, bool input, const Document* c, Totals& totals) {
  std::string wrong = input ? run_input(model, c) : get(c, "errorCode") ? run_error(model, c) : run_output(model, c);
  const ProtocolException* known = nullptr;
  for (const ProtocolException& e : kExceptions)
    if (id == e.id) known = &e;
  totals.run++;
  if (known) {
    totals.excepted++;
    if (wrong.empty()) FAIL_CHECK(id, " passes and must leave the list of exceptions");
  } else if (!wrong.empty()) {
    FAIL_CHECK(id, ": ", wrong);
  }
}

void run_file(const std::filesystem::path& path, const std::string& prefix, bool input, Totals& totals) {
  Arena arena;
  const Document* suites = parse_document(read_file(path), arena);
  REQUIRE(suites);
  size_t suite_index = 0;
  for (const Document& suite : suites->array) {
    size_t case_index = 0;
    for (const Document& c : get(&suite, "cases")->array) {
      DynamicModel model(get(&suite, "metadata"), get(&suite, "shapes"));
      std::string id = cat(prefix, '/', path.stem().string(), '/', get_text(&c, "id", cat(suite_index, '.', case_index)));
      run_case(id, model, input, &c, totals);
      case_index++;
    }
    suite_index++;
  }
}

}  // namespace

TEST_CASE("published_protocol_vectors_read_and_write") {
  std::string folder = cat(data_folder(), "/protocols/");
  if (!std::filesystem::exists(folder)) { MESSAGE("skipped: no protocol vectors in ", folder); return; }
  Totals totals;
  for (const char* part : {"input", "output", "legacy/input", "legacy/output"}) {
    std::set<std::filesystem::path> files;
    for (const auto& f : std::filesystem::directory_iterator(cat(folder, part))) files.insert(f.path());
    for (const auto& f : files) run_file(f, part, std::string_view(part).ends_with("input"), totals);
  }
  CHECK(totals.run == 1004);
  MESSAGE(totals.run, " cases, ", totals.excepted, " of them exceptions");
  CHECK(totals.excepted == static_cast<int>(std::size(kExceptions)));
}
