#include "services/lambda/runtime/extensions.h"

#include <simdjson.h>

#include <algorithm>

namespace fogbank::lambda::runtime {
namespace {
constexpr size_t kMost = 10, kBody = 16 << 10, kEvents = 8;

auto refused(std::string type, std::string message) { return fail(std::move(type), std::move(message), 403); }
}  // namespace

std::optional<std::vector<std::string>> read_events(std::string_view body) {
  if (body.size() > kBody) return std::nullopt;
  simdjson::dom::parser parser;
  simdjson::dom::array events;
  if (parser.parse(simdjson::padded_string(body))["events"].get(events)) return std::nullopt;
  std::vector<std::string> out;
  for (simdjson::dom::element e : events) {
    std::string_view name;
    if (e.get(name) || out.size() == kEvents) return std::nullopt;
    out.emplace_back(name);
  }
  return out;
}

Extensions::Extensions(const std::vector<std::string>& external) {
  for (const auto& name : external) {
    all_.push_back(std::make_unique<Extension>());
    all_.back()->name = name;
    all_.back()->external = true;
  }
}

Result<Extension*> Extensions::register_one(std::string_view name, std::string_view body, bool runtime_started, bool closed, Random& random) {
  if (name.empty() || name.size() > 128) return refused("Extension.InvalidExtensionName", "Empty extension name");
  auto events = read_events(body);
  if (!events) return refused("InvalidRequestFormat", "Could not parse the registration request body");
  if (closed) return refused("Extension.RegistrationClosed", "Extension registration closed already");
  auto it = std::find_if(all_.begin(), all_.end(), [&](const auto& e) { return e->name == name; });
  if (it != all_.end() && (*it)->registered) return refused("Extension.AlreadyRegistered", "Extension with this name already registered");
  bool external = it != all_.end();
  if (!external && !runtime_started) return refused("Extension.InvalidExtensionName", "No extension of this name was found in /opt/extensions");
  if (!external && all_.size() >= kMost) return refused("Extension.TooManyExtensions", "Extension limit (10) reached");
  bool invoke = false, shutdown = false;
  for (const auto& e : *events) {
    if (e == "INVOKE") invoke = true;
    else if (e == "SHUTDOWN" && external) shutdown = true;
    else if (e == "SHUTDOWN") return refused("ShutdownEventNotSupportedForInternalExtension", "SHUTDOWN event is not supported for internal extensions");
    else return refused("Extension.InvalidEventType", "Invalid event type " + e);
  }
  if (!external) {
    all_.push_back(std::make_unique<Extension>());
    it = std::prev(all_.end());
    (*it)->name = name;
  }
  Extension& e = **it;
  e.registered = true;
  e.invoke = invoke;
  e.shutdown = shutdown;
  e.id = random.uuid();
  return &e;
}

Result<Extension*> Extensions::find(std::string_view id) {
  if (id.empty()) return refused("Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header");
  for (auto& e : all_)
    if (e->registered && e->id == id) return e.get();
  if (id.size() != 36) return refused("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier");
  return refused("Extension.UnknownExtensionIdentifier", "Unknown extension " + std::string(id));
}

bool Extensions::all_registered() const {
  return std::all_of(all_.begin(), all_.end(), [](const auto& e) { return e->registered || !e->external; });
}
bool Extensions::all_ready() const {
  return std::all_of(all_.begin(), all_.end(), [](const auto& e) { return e->ready; });
}
bool Extensions::any_external() const {
  return std::any_of(all_.begin(), all_.end(), [](const auto& e) { return e->external; });
}
bool Extensions::any_for_invoke() const {
  return std::any_of(all_.begin(), all_.end(), [](const auto& e) { return e->invoke; });
}

}  // namespace fogbank::lambda::runtime
