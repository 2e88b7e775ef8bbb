#include "services/lambda/runtime/plan.h"


#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/strings.h"
#include "services/lambda/runtime/layers.h"

namespace fogbank::lambda::runtime {
namespace {

constexpr int64_t kTasks = 1024, kOpenFiles = 1024;

// Packages are others' work: a link in one means something in the sandbox and something else here, so none is followed here.
bool is_program(const std::string& path) {
  struct stat s;
  return lstat(path.c_str(), &s) == 0 && (S_ISREG(s.st_mode) || S_ISLNK(s.st_mode));
}
bool is_executable(const std::string& path) {
  struct stat s;
  return lstat(path.c_str(), &s) == 0 && (S_ISLNK(s.st_mode) || (S_ISREG(s.st_mode) && (s.st_mode & 0111)));
}
/// A folder below `root`, each part of `path` a real one.
bool is_folder(std::string root, std::string_view path) {
  for (std::string_view part : split(path, '/')) {
    struct stat s;
    append(root, "/", part);
    if (lstat(root.c_str(), &s) != 0 || !S_ISDIR(s.st_mode)) return false;
  }
  return true;
}

std::vector<std::string> extensions_in(const std::string& opt) {
  std::vector<std::string> out;
  if (opt.empty() || !is_folder(opt, "extensions")) return out;
  DIR* d = opendir((opt + "/extensions").c_str());
  if (!d) return out;
  while (dirent* e = readdir(d))
    if (e->d_name[0] != '.' && is_executable(cat(opt, "/extensions/", e->d_name))) out.emplace_back(e->d_name);
  closedir(d);
  std::sort(out.begin(), out.end());
  if (out.size() > 10) out.resize(10);   // as many as AWS allows
  return out;
}

const std::string* variable(const FunctionSpec& spec, std::string_view name) {
  for (const auto& [n, v] : spec.environment)
    if (n == name) return &v;
  return nullptr;
}

/// Where an interpreter is inside: its own place if that is in every sandbox, else /var/lang.
std::string inner_program(const Choice& c) {
  if (c.interpreter.prefix == "/usr" || c.interpreter.program.starts_with("/usr/")) return c.interpreter.program;
  std::string_view rest = c.interpreter.program;
  if (rest.starts_with(c.interpreter.prefix)) rest.remove_prefix(c.interpreter.prefix.size());
  return cat("/var/lang", rest);
}

void plan_entry(const FunctionSpec& spec, Plan& plan) {
  switch (plan.choice.language) {
    case Language::provided:
      if (is_program(spec.code_directory + "/bootstrap")) plan.runtime = {"/var/task/bootstrap"};
      else if (!plan.opt.empty() && is_program(plan.opt + "/bootstrap")) plan.runtime = {"/opt/bootstrap"};
      else plan.no_entry = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]";
      return;
    case Language::python: plan.runtime = {inner_program(plan.choice), "/var/runtime/bootstrap.py", spec.handler}; break;
    case Language::node: plan.runtime = {inner_program(plan.choice), "--max-http-header-size", "81920", "/var/runtime/bootstrap.mjs", spec.handler}; break;
    case Language::java: {
      std::string version = plan.choice.interpreter.version;
      plan.runtime = {inner_program(plan.choice), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", cat("-Xmx", std::max(32, spec.memory_mb * 3 / 4), "m"), "-Djava.net.preferIPv4Stack=true"};
      if (!version.starts_with("1.")) plan.runtime.insert(plan.runtime.end(), {"--add-opens=java.base/java.io=ALL-UNNAMED", "-Xshare:auto"});
      plan.runtime.insert(plan.runtime.end(), {"-cp", "/var/runtime/lib/*:/var/task:/var/task/lib/*:/opt/java/lib/*", "com.amazonaws.services.lambda.runtime.api.client.AWSLambda", spec.handler});
      break;
    }
  }
  if (const std::string* wrapper = variable(spec, "AWS_LAMBDA_EXEC_WRAPPER"); wrapper && !wrapper->empty()) plan.runtime.insert(plan.runtime.begin(), *wrapper);
}

// What a language's interpreter brings along of this machine's own packages is not the function's business.
void hide_site_packages(const Choice& c, const std::string& root, std::vector<run::Bind>& binds) {
  auto n = split(c.interpreter.version, '.');
  std::string minor = n.size() >= 2 ? cat(n[0], ".", n[1]) : c.interpreter.version;
  const std::string empty = root + "/empty";
  if (c.interpreter.prefix == "/usr") {
    for (std::string path : {std::string("/usr/lib/python3/dist-packages"), cat("/usr/local/lib/python", minor, "/dist-packages")})
      if (access(path.c_str(), F_OK) == 0) binds.push_back({empty, path, false});
  } else if (access(cat(c.interpreter.prefix, "/lib/python", minor, "/site-packages").c_str(), F_OK) == 0) {
    binds.push_back({empty, cat(c.interpreter.prefix.starts_with("/usr/") ? c.interpreter.prefix : std::string("/var/lang"), "/lib/python", minor, "/site-packages"), false});
  }
}

std::string version_text(const FunctionSpec& spec, const Choice& c) {
  if (c.language == Language::provided) return cat(spec.runtime == "provided" ? "provided" : replace_all(spec.runtime, "provided.", "provided:"), ".v1");
  auto name = parse_runtime(spec.runtime);
  std::string_view language = c.language == Language::node ? "nodejs" : c.language == Language::java ? "java" : "python";
  if (c.exact) return cat(language, ":", name->version, ".v", c.interpreter.version);
  return cat(language, ":", name->version, " (not installed here; runs on ", language, " ", c.interpreter.version, ")");
}

}  // namespace

Result<std::shared_ptr<const Plan>> make_plan(const FunctionSpec& spec, Interpreters& interpreters, const std::string& root) {
  auto plan = std::make_shared<Plan>();
  FB_ASSIGN(choice, interpreters.find(spec.runtime));
  plan->choice = std::move(choice);
  if (access(spec.code_directory.c_str(), R_OK | X_OK) != 0) return fail("ServiceException", cat("The unpacked code of ", spec.name, " cannot be read."), 500);
  FB_ASSIGN(opt, merged_layers(root, spec.layer_directories));
  plan->opt = std::move(opt);
  plan->extensions = extensions_in(plan->opt);
  plan->runtime_version = version_text(spec, plan->choice);
  plan_entry(spec, *plan);
  auto& binds = plan->binds;
  binds.push_back({spec.code_directory, "/var/task", false});
  std::string empty = root + "/empty";
  mkdir(empty.c_str(), 0755);
  binds.push_back({plan->opt.empty() ? empty : plan->opt, "/opt", false});
  const Choice& c = plan->choice;
  if (c.language == Language::provided) return plan;
  binds.push_back({c.client, "/var/runtime", false});
  if (!c.interpreter.program.starts_with("/usr/") && c.interpreter.prefix != "/usr") binds.push_back({c.interpreter.prefix, "/var/lang", false});
  if (c.language == Language::node) {
    // "import" does not look at NODE_PATH, but into node_modules of every folder above /var/task.
    binds.push_back({c.client + "/node_modules", "/node_modules", false});
    if (!plan->opt.empty() && is_folder(plan->opt, "nodejs/node_modules")) binds.push_back({plan->opt + "/nodejs/node_modules", "/var/node_modules", false});
  }
  if (c.language == Language::python) hide_site_packages(c, root, binds);
  return plan;
}

std::vector<std::string> environment_variables(const FunctionSpec& spec, const Plan& plan, const EnvironmentFacts& facts, bool extension) {
  std::vector<std::string> out;
  std::set<std::string, std::less<>> taken;
  auto set = [&](std::string_view name, std::string_view value) {
    if (taken.emplace(name).second) out.push_back(cat(name, "=", value));
  };
  std::string memory = cat(spec.memory_mb);
  // Reserved: these are ours whatever the function's configuration says.
  if (!extension) set("_HANDLER", spec.handler);
  if (!extension && plan.choice.language != Language::provided) set("AWS_EXECUTION_ENV", cat("AWS_Lambda_", spec.runtime));
  set("AWS_REGION", spec.region);
  set("AWS_DEFAULT_REGION", spec.region);
  set("AWS_LAMBDA_FUNCTION_NAME", spec.name);
  set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory);
  set("AWS_LAMBDA_FUNCTION_VERSION", spec.version);
  set("AWS_LAMBDA_INITIALIZATION_TYPE", facts.initialization_type);
  set("AWS_LAMBDA_LOG_GROUP_NAME", spec.logging.group);
  set("AWS_LAMBDA_LOG_STREAM_NAME", facts.log_stream);
  set("AWS_LAMBDA_RUNTIME_API", cat("127.0.0.1:", kRuntimeApiPort));
  set("AWS_ACCESS_KEY_ID", facts.credentials.access_key_id);
  set("AWS_ACCESS_KEY", facts.credentials.access_key_id);
  set("AWS_SECRET_ACCESS_KEY", facts.credentials.secret_access_key);
  set("AWS_SECRET_KEY", facts.credentials.secret_access_key);
  set("AWS_SESSION_TOKEN", facts.credentials.session_token);
  set("LAMBDA_TASK_ROOT", "/var/task");
  set("LAMBDA_RUNTIME_DIR", "/var/runtime");
  set("TZ", ":UTC");
  if (!extension && plan.choice.language != Language::provided) set("_LAMBDA_TELEMETRY_LOG_FD", "3");
  if (spec.logging.format == LogFormat::json) {
    set("AWS_LAMBDA_LOG_FORMAT", "JSON");
    set("AWS_LAMBDA_LOG_LEVEL", spec.logging.application_level);
  } else {
    set("AWS_LAMBDA_LOG_FORMAT", "Text");
  }
  for (const auto& [name, value] : spec.environment) set(name, value);
  // Defaults that a function may set itself.
  set("AWS_ENDPOINT_URL", cat("http://127.0.0.1:", kEndpointPort));
  set("LANG", "en_US.UTF-8");
  set("PATH", "/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin");
  set("LD_LIBRARY_PATH", "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib");
  set("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR");
  if (plan.choice.language == Language::python) set("PYTHONPATH", "/var/runtime");
  if (plan.choice.language == Language::node)
    set("NODE_PATH", cat("/opt/nodejs/node", parse_runtime(spec.runtime)->version, "/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task"));
  return out;
}

run::SandboxSpec sandbox_spec(const FunctionSpec& spec, const Plan& plan) {
  run::SandboxSpec s;
  s.directory = "/var/task";
  s.binds = plan.binds;
  s.memory_bytes = int64_t(spec.memory_mb) << 20;
  s.tmp_bytes = int64_t(spec.tmp_mb) << 20;
  s.tasks = kTasks;
  s.open_files = kOpenFiles;
  s.grace_ms = 0;
  s.own_init = true;
  s.egress = spec.egress;
  s.hosts = cat("127.0.0.1 localhost fogbank.localhost sync-fogbank.localhost data-fogbank.localhost ", spec.account, ".fogbank.localhost\n");
  return s;
}

}  // namespace fogbank::lambda::runtime
