#include "services/lambda/runtime/interpreters.h"

#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "base/strings.h"

namespace fogbank::lambda::runtime {
namespace {

const char* name_of(Language l) {
  switch (l) {
    case Language::python: return "python";
    case Language::node: return "node";
    case Language::java: return "java";
    case Language::provided: break;
  }
  return "provided";
}

std::vector<int> numbers(std::string_view version) {
  std::vector<int> out;
  for (auto part : split(version, '.')) out.push_back(int(parse_int(part).value_or(0)));
  return out;
}

std::vector<std::string> matches(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> out;
  if (glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0)
    for (size_t i = 0; i < found.gl_pathc; i++) out.emplace_back(found.gl_pathv[i]);
  globfree(&found);
  return out;
}

/// The first bytes that a program of this machine writes. Not for users' programs.
std::string output_of(const std::string& program, const char* arguments) {
  if (program.find('\'') != std::string::npos) return {};
  FILE* f = popen(cat("'", program, "' ", arguments, " 2>/dev/null").c_str(), "re");
  if (!f) return {};
  char text[4096];
  size_t n = fread(text, 1, sizeof text, f);
  pclose(f);
  return std::string(text, n);
}

std::string text_of(const std::string& path) {
  FILE* f = fopen(path.c_str(), "re");
  if (!f) return {};
  char text[4096];
  size_t n = fread(text, 1, sizeof text, f);
  fclose(f);
  return std::string(text, n);
}

std::string parent(std::string path, int levels) {
  while (levels-- > 0 && path.size() > 1) path.erase(path.rfind('/'));
  return path.empty() ? "/" : path;
}

std::vector<std::string> candidates(Language language) {
  const char* home = getenv("HOME");
  const std::string h = home && *home ? home : "/nonexistent";
  std::vector<std::string> patterns;
  const char* path = getenv("PATH");
  for (auto folder : split(path && *path ? path : "/usr/local/bin:/usr/bin:/bin", ':')) {
    if (folder.empty() || folder.find("/shims") != std::string_view::npos) continue;   // pyenv's are scripts that choose
    if (language == Language::python) patterns.push_back(cat(folder, "/python3.[0-9]*"));
    if (language == Language::node) patterns.push_back(cat(folder, "/node"));
    if (language == Language::java) patterns.push_back(cat(folder, "/java"));
  }
  if (language == Language::python)
    for (const char* p : {"/usr/bin/python3.[0-9]*", "/usr/local/bin/python3.[0-9]*", "/opt/python*/bin/python3.[0-9]*"}) patterns.emplace_back(p);
  if (language == Language::python) patterns.push_back(h + "/.pyenv/versions/*/bin/python3.[0-9]*");
  if (language == Language::node)
    for (const char* p : {"/usr/bin/node", "/usr/local/bin/node", "/opt/node*/bin/node"}) patterns.emplace_back(p);
  if (language == Language::node) patterns.push_back(h + "/.nvm/versions/node/*/bin/node");
  if (language == Language::java) patterns.emplace_back("/usr/lib/jvm/*/bin/java");
  std::vector<std::string> out;
  for (const auto& pattern : patterns)
    for (auto& file : matches(pattern)) {
      std::string_view name = std::string_view(file).substr(file.rfind('/') + 1);
      if (language == Language::python && name.find_first_not_of("python.0123456789") != std::string_view::npos) continue;   // python3.11-config
      out.push_back(std::move(file));
    }
  return out;
}

Interpreter examine(Language language, const std::string& program) {
  Interpreter i{language, {}, program, parent(program, 2)};
  if (language == Language::java) {
    std::string release = text_of(i.prefix + "/release");
    size_t at = release.find("JAVA_VERSION=\"");
    if (at != std::string::npos) i.version = release.substr(at + 14, release.find('"', at + 14) - at - 14);
  } else if (language == Language::node) {
    std::string said = output_of(program, "--version");
    if (said.starts_with('v')) i.version = trim(std::string_view(said).substr(1));
  } else {
    std::string said = output_of(program, "-I -S -c 'import sys; print(\"%d.%d.%d\" % sys.version_info[:3]); print(sys.base_prefix)'");
    auto lines = split(said, '\n');
    if (lines.size() >= 2) {
      i.version = lines[0];
      i.prefix = lines[1];
    }
  }
  return i;
}

}  // namespace

std::string Choice::description() const {
  if (language == Language::provided) return {};
  return cat(name_of(language), " ", interpreter.version, " (", interpreter.program, ")");
}

std::optional<RuntimeName> parse_runtime(std::string_view runtime) {
  if (runtime == "provided" || runtime == "provided.al2" || runtime == "provided.al2023") return RuntimeName{Language::provided, std::string(runtime)};
  if (runtime.starts_with("python")) return RuntimeName{Language::python, std::string(runtime.substr(6))};
  if (runtime.starts_with("nodejs") && runtime.ends_with(".x")) return RuntimeName{Language::node, std::string(runtime.substr(6, runtime.size() - 8))};
  if (runtime.starts_with("java")) {
    std::string_view version = runtime.substr(4);
    if (version.ends_with(".al2")) version.remove_suffix(4);
    return RuntimeName{Language::java, std::string(version)};
  }
  return std::nullopt;
}

int nearest_version(std::string_view wanted, const std::vector<std::string>& installed, bool& exact) {
  auto want = numbers(wanted);
  size_t precision = want.size();
  int best = -1;
  // How far away: by the first number that differs; then the newer of two equally distant ones.
  auto distance = [&](const std::vector<int>& have) {
    int64_t d = 0;
    for (size_t i = 0; i < precision; i++) d = d * 1000 + std::abs((i < have.size() ? have[i] : 0) - want[i]);
    return d;
  };
  std::vector<int> best_numbers;
  for (size_t i = 0; i < installed.size(); i++) {
    auto have = numbers(installed[i]);
    if (best < 0 || distance(have) < distance(best_numbers) || (distance(have) == distance(best_numbers) && have > best_numbers)) {
      best = int(i);
      best_numbers = have;
    }
  }
  exact = best >= 0 && distance(best_numbers) == 0;
  return best;
}

std::string Interpreters::default_clients() {
  if (const char* set = getenv("FOGBANK_LAMBDA_RUNTIMES"); set && *set) return set;
  if (const char* cache = getenv("FOGBANK_CACHE"); cache && *cache) return cat(cache, "/lambda");
  const char* home = getenv("HOME");
  return cat(home && *home ? home : "/root", "/.cache/fogbank/lambda");
}

const std::vector<Interpreter>& Interpreters::installed(Language language) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto it = installed_.find(language);
  if (it != installed_.end()) return it->second;
  auto& out = installed_[language];
  std::set<std::string> seen;
  for (const auto& file : candidates(language)) {
    char resolved[PATH_MAX];
    if (!realpath(file.c_str(), resolved) || access(resolved, X_OK) != 0 || !seen.insert(resolved).second) continue;
    Interpreter i = examine(language, resolved);
    if (!i.version.empty() && !i.prefix.empty()) out.push_back(std::move(i));
  }
  return out;
}

Result<Choice> Interpreters::find(std::string_view runtime) {
  auto name = parse_runtime(runtime);
  if (!name) return fail("NotImplemented", cat("Functions with the runtime ", runtime, " are not run yet."), 501);
  Choice choice{name->language, {}, true, {}};
  if (name->language == Language::provided) return choice;
  const char* language = name_of(name->language);
  choice.client = cat(clients_, "/", language);
  if (access((choice.client + "/ready").c_str(), F_OK) != 0)
    return fail("InvalidRuntimeException", cat("AWS's runtime client for ", language, " is not installed (", choice.client, "). \"make setup\" installs it."), 502);
  std::vector<Interpreter> usable;
  for (const auto& i : installed(name->language)) {
    // Its native part is compiled for one minor version each.
    if (name->language == Language::python) {
      auto n = numbers(i.version);
      if (matches(cat(choice.client, "/runtime_client.cpython-", n[0], n[1], "-*.so")).empty()) continue;
    }
    usable.push_back(i);
  }
  std::vector<std::string> versions;
  for (const auto& i : usable) versions.push_back(i.version);
  int best = nearest_version(name->version, versions, choice.exact);
  if (best < 0 || (strict_ && !choice.exact))
    return fail("InvalidRuntimeException", cat("The runtime ", runtime, " needs ", language, " ", name->version, ", which is not installed on this machine."), 502);
  choice.interpreter = usable[size_t(best)];
  return choice;
}

std::vector<std::string> Interpreters::describe() {
  std::vector<std::string> out;
  for (Language l : {Language::python, Language::node, Language::java}) {
    std::string line = cat(name_of(l), ": ");
    std::set<std::string> versions;
    for (const auto& i : installed(l)) versions.insert(cat(i.version, " (", i.program, ")"));
    bool first = true;
    for (const auto& v : versions) append(line, std::exchange(first, false) ? "" : ", ", v);
    if (versions.empty()) line += "not installed";
    if (access(cat(clients_, "/", name_of(l), "/ready").c_str(), F_OK) != 0) append(line, "; AWS's runtime client is missing: \"make setup\" installs it");
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace fogbank::lambda::runtime
