#include "services/lambda/runtime/environments.h"

#include "gateway/core.h"

namespace fogbank::lambda::runtime {

class Engine {};

Environments::Environments(Core&) {}
Environments::~Environments() = default;
void Environments::set_log_sink(std::shared_ptr<LogSink>) {}
void Environments::invoke(std::shared_ptr<const FunctionSpec>, Invocation, Done done) {
  Outcome o;
  o.kind = Outcome::Kind::refused;
  o.error = ApiError("NotImplemented", "Functions are not run yet.", 501);
  done(std::move(o));
}
Result<RuntimeReport> Environments::check(const FunctionSpec&) { return fail("NotImplemented", "Functions are not run yet.", 501); }
void Environments::provision(std::shared_ptr<const FunctionSpec>, int, std::function<void(int, std::optional<ApiError>)> done) {
  done(0, ApiError("NotImplemented", "Functions are not run yet.", 501));
}
void Environments::drop(std::string_view, std::string_view) {}
int Environments::running(std::string_view) const { return 0; }
Stats Environments::stats() const { return {}; }
void Environments::shut_down() {}
std::string Environments::store_root() const { return {}; }
std::vector<std::string> Environments::describe() { return {}; }

}  // namespace fogbank::lambda::runtime
