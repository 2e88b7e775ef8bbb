#include "services/lambda/runtime/runtime_api.h"

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "services/lambda/runtime/environment.h"

namespace fogbank::lambda::runtime {
namespace {

constexpr std::string_view kRuntime = "/2018-06-01/runtime/", kExtension = "/2020-01-01/extension/";
constexpr size_t kSmallBody = 256 << 10;
constexpr std::string_view kJson = "Content-Type: application/json\r\n";

void answer_json(http::Exchange& x, int status, std::string body, std::string fields = {}) {
  http::Reply r;
  r.status = status;
  r.fields = cat(kJson, fields);
  r.body = std::move(body);
  x.reply(std::move(r));
}

void not_found(http::Exchange& x) {
  http::Reply r;
  r.status = 404;
  r.fields = "Content-Type: text/plain; charset=utf-8\r\n";
  r.body = "404 page not found\n";
  x.reply(std::move(r));
}

/// Calls f(environment, body) with the body of a request that may have at most `limit` bytes; else answers 413.
template <class F> void with_body(std::weak_ptr<Environment> weak, std::shared_ptr<http::Exchange> x, size_t limit, F f) {
  auto* raw = x.get();
  raw->read_body(limit, [weak, x = std::move(x), f = std::move(f)](bool ok, std::string_view body) {
    auto e = weak.lock();
    if (!e) return x->drop();
    if (!ok) return answer_refusal(*x, 413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size.");
    f(*e, x, body);
  });
}

/// The body of an answer that comes piece by piece.
class AnswerBody final : public http::BodySink {
 public:
  AnswerBody(std::weak_ptr<Environment> environment, std::shared_ptr<http::Exchange> x) : environment_(std::move(environment)), exchange_(std::move(x)) {}
  bool data(std::string_view piece) override {
    auto e = environment_.lock();
    if (!e) return true;
    size_ += int64_t(piece.size());
    if (size_ > kStreamBytes) {
      if (!std::exchange(too_large_, true)) e->answer_too_large();
      return true;
    }
    return e->stream_data(piece);
  }
  void trailers(std::span<const http::Field> fields) override {
    for (const auto& f : fields) {
      if (iequals(f.name, "Lambda-Runtime-Function-Error-Type")) error_type_ = f.value;
      if (iequals(f.name, "Lambda-Runtime-Function-Error-Body")) error_body_ = unbase64(f.value).value_or(std::string(f.value));
    }
  }
  void end() override {
    auto x = std::exchange(exchange_, nullptr);
    if (auto e = environment_.lock(); e && !too_large_) e->stream_ends(std::move(error_type_), std::move(error_body_));
    if (!x) return;
    if (too_large_) answer_refusal(*x, 413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size.");
    else answer_ok(*x);
  }
  void aborted() override {
    exchange_ = nullptr;
    if (auto e = environment_.lock(); e && !too_large_) e->stream_broken();
  }

 private:
  std::weak_ptr<Environment> environment_;
  std::shared_ptr<http::Exchange> exchange_;   // each holds the other until the body's end
  std::string error_type_, error_body_;
  int64_t size_ = 0;
  bool too_large_ = false;
};

}  // namespace

void answer_ok(http::Exchange& x, int status) { answer_json(x, status, "{\"status\":\"OK\"}\n"); }

void answer_refusal(http::Exchange& x, int status, std::string_view type, std::string_view message) {
  answer_json(x, status, cat("{\"errorMessage\":", json_quote(message), ",\"errorType\":", json_quote(type), "}\n"));
}

void RuntimeApi::stopping() {
  auto e = environment_.lock();
  if (!e) return;
  e->stopping_ = true;
  e->drop_exchanges();   // who waits for work will get none
}

void RuntimeApi::on_request(std::shared_ptr<http::Exchange> x) {
  auto e = environment_.lock();
  if (!e || e->ending()) return x->drop();
  std::string_view path = x->request().target;
  path = path.substr(0, path.find('?'));
  if (path.starts_with(kRuntime)) return runtime(*e, std::move(x), path.substr(kRuntime.size()));
  if (path.starts_with(kExtension)) return extension(*e, std::move(x), path.substr(kExtension.size()));
  if (path == "/2022-07-01/telemetry" || path == "/2020-08-15/logs")
    return answer_refusal(*x, 501, path.ends_with("logs") ? "Logs.NotSupported" : "Telemetry.NotSupported", "This API is not served by Fogbank.");
  not_found(*x);
}

void RuntimeApi::runtime(Environment& e, std::shared_ptr<http::Exchange> x, std::string_view path) {
  std::string_view method = x->request().method;
  if (path == "invocation/next" && method == "GET") return e.runtime_next(std::move(x));
  if (path.starts_with("invocation/") && method == "POST") return invocation(e, std::move(x), path.substr(11));
  if (path == "init/error" && method == "POST") {
    std::string type(x->request().field("Lambda-Runtime-Function-Error-Type"));
    return with_body(environment_, std::move(x), kSmallBody, [type](Environment& env, const std::shared_ptr<http::Exchange>& ex, std::string_view body) {
      env.runtime_init_error(ex, type, std::string(body));
    });
  }
  if (path.starts_with("restore/")) return answer_refusal(*x, 403, "InvalidStateTransition", "SnapStart is not served: there is nothing to restore.");
  not_found(*x);
}

void RuntimeApi::invocation(Environment& e, std::shared_ptr<http::Exchange> x, std::string_view rest) {
  size_t slash = rest.find('/');
  std::string_view id = rest.substr(0, slash), what = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  if (what != "response" && what != "error") return not_found(*x);
  bool error = what == "error";
  if (!e.begin_answer(*x, id, error)) return;
  const http::Request& r = x->request();
  if (error) {
    std::string type(r.field("Lambda-Runtime-Function-Error-Type"));
    return with_body(environment_, std::move(x), size_t(kPayloadBytes), [type](Environment& env, const std::shared_ptr<http::Exchange>& ex, std::string_view body) {
      env.answer_error(type, std::string(body));
      answer_ok(*ex);
    });
  }
  if (iequals(r.field("Lambda-Runtime-Function-Response-Mode"), "streaming")) {
    e.stream_begins(r.field("Content-Type"), [weak = std::weak_ptr<http::Exchange>(x), environment = environment_] {
      auto self = environment.lock();
      if (!self) return;
      self->owner_.server().post([weak] { if (auto ex = weak.lock()) ex->resume_body(); });
    });
    auto* raw = x.get();
    return raw->stream_body(std::make_shared<AnswerBody>(environment_, std::move(x)));
  }
  auto* raw = x.get();
  raw->read_body(size_t(kPayloadBytes), [weak = environment_, x = std::move(x)](bool ok, std::string_view body) {
    auto env = weak.lock();
    if (!env) return x->drop();
    if (ok) {
      env->answer(std::string(body));
      return answer_ok(*x);
    }
    if (x->gone()) return env->stream_broken();
    env->answer_too_large();
    answer_refusal(*x, 413, "RequestEntityTooLarge", cat("Exceeded maximum allowed payload size (", kPayloadBytes, " bytes)."));
  });
}

void RuntimeApi::extension(Environment& e, std::shared_ptr<http::Exchange> x, std::string_view path) {
  const http::Request& r = x->request();
  if (path == "register" && r.method == "POST") {
    std::string name(r.field("Lambda-Extension-Name")), features(r.field("Lambda-Extension-Accept-Feature"));
    return with_body(environment_, std::move(x), kSmallBody, [name, features](Environment& env, const std::shared_ptr<http::Exchange>& ex, std::string_view body) {
      auto registered = env.extensions_.register_one(name, body, env.runtime_started_, env.state_ != Environment::State::starting, env.owner_.core().random());
      if (!registered) return answer_refusal(*ex, 403, registered.error().code, registered.error().message);
      const FunctionSpec& spec = *env.spec_;
      std::string out = cat("{\"functionName\":", json_quote(spec.name), ",\"functionVersion\":", json_quote(spec.version), ",\"handler\":", json_quote(spec.handler));
      if (lower(features).find("accountid") != std::string::npos) append(out, ",\"accountId\":", json_quote(spec.account));
      answer_json(*ex, 200, out + "}", cat("Lambda-Extension-Identifier: ", (*registered)->id, "\r\n"));
      env.extension_registered();
    });
  }
  auto who = e.extensions_.find(r.field("Lambda-Extension-Identifier"));
  if (!who) return answer_refusal(*x, 403, who.error().code, who.error().message);
  if (path == "event/next" && r.method == "GET") return e.extension_next(**who, std::move(x));
  if ((path == "init/error" || path == "exit/error") && r.method == "POST") {
    std::string type(r.field("Lambda-Extension-Function-Error-Type")), id = (*who)->id;
    if (type.empty()) return answer_refusal(*x, 403, "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found");
    return with_body(environment_, std::move(x), kSmallBody, [type, id](Environment& env, const std::shared_ptr<http::Exchange>& ex, std::string_view) {
      answer_ok(*ex);
      if (auto again = env.extensions_.find(id)) env.extension_failed(**again, type, type);
    });
  }
  not_found(*x);
}

}  // namespace fogbank::lambda::runtime
