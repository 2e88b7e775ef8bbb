#include "admin/http.h"

#include <unistd.h>

#include <algorithm>
#include <deque>
#include <future>

#include "admin/doctor.h"
#include "auth/session_token.h"
#include "admin/server.h"
#include "base/encoding.h"
#include "base/form.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/strings.h"
#include "gateway/access.h"
#include "gateway/faults.h"
#include "gateway/mailbox.h"
#include "gateway/parking.h"
#include "gateway/tasks.h"
#include "run/processes.h"
#include "services/kms/caches.h"
#include "store/attachments.h"

namespace fogbank::admin {
namespace {

constexpr store::Table kClock{"core", "clock"};

std::string error_json(const ApiError& e) { return JsonText().open().member("error", e.code).member("message", e.message).close().str(); }

Result<Millis> required_duration(const std::optional<std::string>& text) {
  auto d = text ? parse_duration(*text) : std::nullopt;
  if (!d || *d < 0) return fail("ValidationException", "a duration such as 90s, 15m, 36h or 3d is needed");
  return *d;
}

}  // namespace

std::optional<Millis> parse_duration(std::string_view text) {
  Millis unit = 1000;
  if (!text.empty()) {
    switch (text.back()) {
      case 's': text.remove_suffix(1); break;
      case 'm': unit = 60000; text.remove_suffix(1); break;
      case 'h': unit = 3600000; text.remove_suffix(1); break;
      case 'd': unit = 86400000; text.remove_suffix(1); break;
      default: break;
    }
  }
  auto n = parse_int(text);
  if (!n || *n < 0 || *n > 36500 * 86400LL) return std::nullopt;
  return *n * unit;
}

AdminHttp::AdminHttp(Core& core, Gateway& gateway, Facts facts) : core_(core), gateway_(gateway), facts_(std::move(facts)), worker_(1, 1000) {
  core_.store().read([&](store::Reader& r) {
    auto item = r.get(store::key(Scope{}.whole_partition(), kClock));
    if (!item) return;
    auto parts = split(item->bytes, ' ');
    VirtualClock::State s;
    s.offset = parse_int(parts[0]).value_or(0);
    if (parts.size() > 1) s.frozen = parse_int(parts[1]);
    core_.clock().restore(s);
  });
}

// The page of a stranger cannot set this header without a preflight, which is never granted; Host and Origin are checked all the same.
bool AdminHttp::allowed(const http::Request& r) const {
  std::string_view token = r.field("x-fogbank-token");
  if (auto a = r.field("authorization"); token.empty() && a.starts_with("Bearer ")) token = a.substr(7);
  return equal_constant_time(token, facts_.token);
}

bool AdminHttp::handle(const Exchange& exchange, std::string_view path, std::string_view query) {
  const http::Request& r = exchange->request();
  auto reply = [](const Exchange& x, const Answer& a) {
    http::Reply out;
    out.status = a.status;
    out.fields = cat("Content-Type: ", a.type, "\r\nCache-Control: no-store\r\n");
    out.body = a.body;
    x->reply(std::move(out));
  };
  if (path == "/_localstack/health" || path == "/_localstack/info") {
    reply(exchange, {200, health()});
    return true;
  }
  bool moto = path == "/moto-api/reset";
  if (!moto && !path.starts_with("/_fogbank")) return false;
  std::string_view origin = r.field("origin");
  bool foreign = !origin.empty() && (origin.find("://") == std::string_view::npos || origin.substr(origin.find("://") + 3) != r.field("host"));
  std::string_view site = r.field("sec-fetch-site");
  if (!own_host(r.field("host")) || foreign || site == "cross-site" || site == "same-site") {
    reply(exchange, {403, error_json(ApiError("Forbidden", "Host or Origin is not this server's."))});
    return true;
  }
  if (moto ? !core_.settings().allow_reset : !allowed(r)) {
    std::string text = moto ? "start the server with --allow-reset to use this path" : "the admin token is missing or wrong (see admin-token in the data directory)";
    reply(exchange, {moto ? 403 : 401, error_json(ApiError(moto ? "Forbidden" : "Unauthorized", text))});
    return true;
  }
  if (moto && r.method != "POST") {
    reply(exchange, {405, error_json(ApiError("MethodNotAllowed", "use POST"))});
    return true;
  }
  std::string method(r.method), p(moto ? "/_fogbank/reset" : path), q(moto ? std::string_view() : query);
  bool posted = worker_.try_post([this, exchange, method, p, q, reply] {
    auto answer = dispatch(method, p, q);
    Answer a = answer ? *answer : Answer{answer.error().status, error_json(answer.error())};
    core_.server->post([exchange, a, reply] { reply(exchange, a); });
  });
  if (!posted) reply(exchange, {503, error_json(ApiError("Busy", "too many admin requests are waiting"))});
  return true;
}

Result<AdminHttp::Answer> AdminHttp::dispatch(const std::string& method, const std::string& path, const std::string& query) {
  std::string what = path.substr(std::min<size_t>(path.size(), 10));
  bool post = method == "POST";
  if (what == "status" || what == "health") return status();
  if (what == "metrics") return metrics();
  if (what == "doctor") return doctor();
  if (what == "explain") return explain(query);
  if (what == "ca") return Answer{200, facts_.ca_pem, "application/x-pem-file"};
  if (what == "clock") return clock(method, query);
  if (what == "mail" || what.starts_with("mail/")) return mail(method, what.substr(std::min<size_t>(what.size(), 5)), query);
  if (what == "faults") return faults(method, query);
  if (what == "reset" || what == "stop" || what.starts_with("snapshot/")) {
    if (!post) return fail("MethodNotAllowed", "use POST", 405);
    if (what == "reset") return reset(query);
    if (what == "stop") {
      core_.server->post([this] { facts_.stop(); });
      return Answer{200, "{\"stopping\":true}"};
    }
    return snapshot(what.substr(9), query);
  }
  return fail("NotFound", cat("there is no ", path), 404);
}

Result<AdminHttp::Answer> AdminHttp::status() {
  auto s = core_.store().stats();
  auto h = core_.server->stats();
  auto c = core_.clock().state();
  size_t parked = 0;
  on_loop([&] { parked = core_.parking().size(); });
  JsonText j;
  j.open().member("version", kVersion).member("pid", int64_t(getpid())).member("port", facts_.port).member("data", facts_.data_directory);
  j.member("uptime_ms", (steady_micros() - facts_.started_us) / 1000).member("epoch", core_.store().epoch());
  j.member("virtual_time", iso8601(core_.now(), true)).member("frozen", c.frozen.has_value());
  j.member("records", s.records).member("tasks", s.tasks).member("blobs", s.blobs).member("database_bytes", s.database_bytes).member("wal_bytes", s.wal_bytes);
  j.member("connections", h.connections).member("requests", h.requests).member("parked", int64_t(parked)).member("running_tasks", int64_t(core_.tasks().running()));
  j.close();
  return Answer{200, j.str()};
}

std::string AdminHttp::health() const {
  JsonText j;
  j.open().key("services").open();
  for (const auto* s : all_services()) j.member(s->folder, "running");
  j.close().member("edition", "fogbank").member("version", kVersion).close();
  return j.str();
}

Result<AdminHttp::Answer> AdminHttp::metrics() {
  auto s = core_.store().stats();
  auto h = core_.server->stats();
  std::string out;
  auto gauge = [&](std::string_view name, std::string_view help, std::string_view type, uint64_t value) {
    append(out, "# HELP fogbank_", name, ' ', help, "\n# TYPE fogbank_", name, ' ', type, "\nfogbank_", name, ' ', value, '\n');
  };
  gauge("connections", "Open client connections.", "gauge", h.connections);
  gauge("requests_total", "Requests received.", "counter", h.requests);
  gauge("connections_refused_total", "Connections refused over the limit.", "counter", h.refused);
  gauge("store_records", "Records in the store.", "gauge", s.records);
  gauge("store_tasks", "Tasks in the store.", "gauge", s.tasks);
  gauge("store_database_bytes", "Size of the database file.", "gauge", s.database_bytes);
  gauge("store_wal_bytes", "Size of the write-ahead log.", "gauge", s.wal_bytes);
  gauge("tasks_running", "Tasks being worked on.", "gauge", core_.tasks().running());
  size_t parked = 0;
  on_loop([&] { parked = core_.parking().size(); });
  gauge("parked_calls", "Calls that wait.", "gauge", parked);
  append(out, "# HELP fogbank_operations_total Calls by operation and outcome.\n# TYPE fogbank_operations_total counter\n");
  core_.chain().each_counter([&](const ServiceInfo& service, const OperationInfo& op, uint64_t ok, uint64_t failed) {
    if (ok) append(out, "fogbank_operations_total{service=\"", service.folder, "\",operation=\"", op.wire->name, "\",outcome=\"ok\"} ", ok, '\n');
    if (failed) append(out, "fogbank_operations_total{service=\"", service.folder, "\",operation=\"", op.wire->name, "\",outcome=\"error\"} ", failed, '\n');
  });
  return Answer{200, out, "text/plain; version=0.0.4"};
}

Result<AdminHttp::Answer> AdminHttp::doctor() { return Answer{200, doctor_json(core_)}; }

void AdminHttp::on_loop(const std::function<void()>& f) {
  std::promise<void> done;
  core_.server->post([&] {
    f();
    done.set_value();
  });
  done.get_future().wait();
}

void AdminHttp::save_clock() {
  auto s = core_.clock().state();
  auto done = core_.store().write([&](store::Txn& tx) -> Result<void> {
    tx.put(store::key(Scope{}.whole_partition(), kClock), s.frozen ? cat(s.offset, ' ', *s.frozen) : cat(s.offset));
    return {};
  });
  if (!done) log(LogLevel::warning, cat("the clock could not be saved: ", done.error().message));
  core_.tasks().poke();
  on_loop([&] { core_.parking().on_time(); });
}

// Steps from due time to due time; at each, waits until all that became due has been worked off.
Result<void> AdminHttp::advance(Millis to, bool run_to_idle, bool) {
  auto settled = [&] {
    auto next = core_.store().next_due(true);
    return core_.store().claimed() == 0 && core_.tasks().running() == 0 && (!next || *next > core_.now());
  };
  for (int64_t give_up = steady_micros() + 600 * 1000000LL;;) {
    core_.tasks().poke();
    while (!settled()) {
      if (steady_micros() > give_up) return fail("Timeout", "tasks are still running after ten minutes", 500);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::optional<Millis> next = core_.store().next_due(!run_to_idle), parked;
    on_loop([&] {
      core_.parking().on_time();
      parked = core_.parking().next_virtual();
    });
    if (parked && (!next || *parked < *next)) next = parked;
    if (run_to_idle ? !next : (!next || *next > to)) break;
    core_.clock().advance_to(*next);
  }
  if (!run_to_idle) core_.clock().advance_to(to);
  return {};
}

Result<AdminHttp::Answer> AdminHttp::clock(const std::string& method, const std::string& query) {
  if (method == "POST") {
    auto action = form_value(query, "action").value_or("");
    if (action == "freeze") core_.clock().freeze();
    else if (action == "thaw") core_.clock().thaw();
    else if (action == "advance") {
      FB_ASSIGN(by, required_duration(form_value(query, "by")));
      FB_TRY(advance(core_.now() + by, false, true));
    } else if (action == "run-to-idle") {
      FB_TRY(advance(0, true, true));
    } else {
      return fail("ValidationException", "action is one of freeze, thaw, advance, run-to-idle");
    }
    save_clock();
  }
  auto s = core_.clock().state();
  return Answer{200, JsonText().open().member("virtual_time", iso8601(core_.now(), true)).member("frozen", s.frozen.has_value()).member("ahead_ms", core_.now() - machine_now()).close().str()};
}

Result<AdminHttp::Answer> AdminHttp::faults(const std::string& method, const std::string& query) {
  auto& faults = core_.faults();
  if (method == "POST") {
    FaultRule r;
    auto text = [&](const char* name, std::string& into) { if (auto v = form_value(query, name)) into = *v; };
    text("service", r.service); text("operation", r.operation); text("account", r.account); text("region", r.region);
    text("kind", r.kind); text("code", r.code); text("message", r.message);
    auto number = [&](const char* name, int64_t& into) -> Result<void> {
      auto v = form_value(query, name);
      if (!v) return {};
      auto n = parse_int(*v);
      if (!n) return fail("ValidationException", cat(name, " must be a whole number"));
      into = *n;
      return {};
    };
    FB_TRY(number("status", r.status));
    FB_TRY(number("count", r.remaining));
    FB_TRY(number("latency_ms", r.latency_ms));
    if (auto v = form_value(query, "rate")) r.rate = parse_double(*v).value_or(-1);
    FB_ASSIGN(id, faults.add(r));
    return Answer{200, JsonText().open().member("id", id).close().str()};
  }
  if (method == "DELETE") FB_TRY(faults.remove(form_value(query, "id").value_or("*")));
  JsonText j;
  j.open().key("faults").open_list();
  for (const auto& r : faults.list()) {
    j.open().member("id", r.id).member("kind", r.kind).member("service", r.service).member("operation", r.operation).member("account", r.account);
    j.member("region", r.region).key("rate").raw(format_double(r.rate)).member("remaining", r.remaining).member("code", r.code).member("status", r.status).member("latency_ms", r.latency_ms).close();
  }
  j.close_list().close();
  return Answer{200, j.str()};
}

// GET explain?request_id=ID, or without: the newest call that was denied.
Result<AdminHttp::Answer> AdminHttp::explain(const std::string& query) {
  std::string id = form_value(query, "request_id").value_or("");
  std::optional<AccessRecord> r;
  if (id.empty()) {
    for (int tries = 0; core_.access().pending() && tries < 20; tries++) std::this_thread::sleep_for(std::chrono::milliseconds(15));   // as below
    core_.access().scan([&](const AccessRecord& a) {
      if (!a.allowed) r = a;
      return a.allowed;
    });
    if (!r) return fail("NotFound", "no call was denied", 404);
  }
  for (int tries = 0; !r && tries < 20; tries++) {  // a read's record is written within 100 ms
    r = core_.access().find(id);
    if (!r) std::this_thread::sleep_for(std::chrono::milliseconds(15));
  }
  if (!r) return fail("NotFound", cat("no access record of request ", id), 404);
  JsonText j;
  j.open().member("request_id", r->request_id).member("time", iso8601(r->time, true)).member("service", r->service).member("operation", r->operation);
  j.member("principal", r->principal_arn).member("account", r->account).member("access_key_id", r->access_key_id).member("target_account", r->target_account).member("region", r->region);
  j.member("source_ip", r->source_ip).member("allowed", r->allowed).member("decision", r->decision).member("parameters", r->parameters);
  j.member("error_code", r->error_code).member("error_message", r->error_message).member("duration_us", r->duration_us).member("cause", r->cause).close();
  return Answer{200, j.str()};
}

namespace {

void mail_json(JsonText& j, const Mail& m, bool whole) {
  j.open().member("id", m.id).member("time", iso8601(m.time, true)).member("service", m.service).member("account", m.account).member("region", m.region);
  j.member("from", m.from).key("to").open_list();
  for (const auto& a : m.to) j.text(a);
  j.close_list().member("subject", m.subject).member("source", m.source);
  if (whole) j.member("body", m.body);
  j.close();
}

/// For people: a line in a list, or the whole mail.
std::string mail_text(const Mail& m, bool whole) {
  std::string to;
  for (const auto& a : m.to) append(to, to.empty() ? "" : ", ", a);
  if (!whole) return cat(m.id, "  ", iso8601(m.time), "  ", to, "  ", m.subject, "\n");
  return cat("Mail ", m.id, "\nDate: ", iso8601(m.time), "\nFrom: ", m.from, "\nTo: ", to, "\nSubject: ", m.subject, "\n\n", m.body, "\n");
}

}  // namespace

// GET mail?to=&subject=&after=N&limit=N (limit: the newest so many)&bodies=true, GET mail/N; format=text for people
Result<AdminHttp::Answer> AdminHttp::mail(const std::string& method, const std::string& which, const std::string& query) {
  if (method != "GET") return fail("MethodNotAllowed", "use GET", 405);
  JsonText j;
  bool text = form_value(query, "format").value_or("") == "text";
  if (!which.empty()) {
    auto id = parse_int(which);
    std::optional<Mail> found;
    if (id && *id > 0) core_.store().read([&](store::Reader& r) { found = find_mail(r, uint64_t(*id)); });
    if (!found) return fail("NotFound", cat("there is no mail ", which), 404);
    if (text) return Answer{200, mail_text(*found, true), "text/plain; charset=utf-8"};
    mail_json(j, *found, true);
    return Answer{200, j.str()};
  }
  MailFilter filter;
  filter.after = uint64_t(std::max<int64_t>(0, parse_int(form_value(query, "after").value_or("0")).value_or(0)));
  filter.to = form_value(query, "to").value_or("");
  filter.subject = form_value(query, "subject").value_or("");
  size_t limit = size_t(std::clamp<int64_t>(parse_int(form_value(query, "limit").value_or("100")).value_or(100), 1, 1000));
  bool whole = form_value(query, "bodies").value_or("") == "true";
  std::deque<Mail> mails;
  core_.store().read([&](store::Reader& r) {
    mails.clear();
    each_mail(r, filter, [&](const Mail& m) {
      mails.push_back(m);
      if (mails.size() > limit) mails.pop_front();
      return true;
    });
  });
  if (text) {
    std::string lines;
    for (const auto& m : mails) lines += mail_text(m, whole);
    return Answer{200, lines, "text/plain; charset=utf-8"};
  }
  j.open().key("mails").open_list();
  for (const auto& m : mails) mail_json(j, m, whole);
  j.close_list().close();
  return Answer{200, j.str()};
}

void AdminHttp::after_epoch_change() {
  core_.sessions().set_epoch(core_.store().epoch());
  core_.faults().load();
  on_loop([&] { gateway_.drop_parked(); });
  core_.processes().end_older_than(core_.store().epoch());
  core_.tasks().poke();
}

Result<AdminHttp::Answer> AdminHttp::reset(const std::string& query) {
  store::Store::ResetScope what;
  what.account = form_value(query, "account").value_or("");
  what.service = form_value(query, "service").value_or("");
  if (!what.account.empty() && !is_account_id(what.account)) return fail("ValidationException", "an account id has twelve digits");
  on_loop([&] { core_.chain().commit(); });
  FB_TRY(core_.store().reset(what));
  if (what.account.empty() && what.service.empty()) core_.clock().restore({});
  after_epoch_change();
  return Answer{200, "{\"status\":\"ok\"}"};
}

Result<AdminHttp::Answer> AdminHttp::snapshot(const std::string& path, const std::string& query) {
  auto file = form_value(query, "file");
  if (!file || file->empty() || (*file)[0] != '/') return fail("ValidationException", "file must be an absolute path");
  on_loop([&] { core_.chain().commit(); });
  auto& store = dynamic_cast<store::AttachingStore&>(core_.store());
  kms::KeyRing& ring = core_.state<kms::State>().ring();
  if (path == "save") {
    FB_TRY(store.save_snapshot_with(*file, {{std::string(kms::KeyRing::kName), ring.bytes()}}));
  } else if (path == "load") {
    FB_TRY(store.load_snapshot_with(*file, [&](const store::Attachments& carried) -> Result<void> {
      for (const auto& a : carried) if (a.name == kms::KeyRing::kName) FB_TRY(ring.adopt(a.bytes.view()));
      return {};
    }));
    after_epoch_change();
  } else {
    return fail("NotFound", "snapshot/save or snapshot/load", 404);
  }
  return Answer{200, JsonText().open().member("file", *file).close().str()};
}

}  // namespace fogbank::admin
