"""gen/<x>/operations.h and operations.cc (src/gateway/operation.h), and gen/services.cc."""

from .manifest import Manifest
from .names import identifier, literal
from .reach import Reach


def signature(manifest: Manifest, reach: Reach, name: str, form: str) -> str:
    op = reach.operations[name]
    result = "Result<Outcome>" if form == "parking" else "Result<void>"
    return f"{result} {name}(Context& cx, const svc::{identifier(op.input)}& in, svc::{identifier(op.output)}& out);"


def write_header(manifest: Manifest, reach: Reach) -> str:
    folder = manifest.folder
    out = [f"// What {folder}'s code has to define, and the tags of its operations. Written by codegen/ from {folder}/service.toml.",
           "#pragma once", "#include <string_view>", "", '#include "gateway/operation.h"', f'#include "gen/{folder}/types.h"', "",
           f"namespace fogbank::{folder} {{", "", "/// Names, tables and functions of this service; an entry of all_services().",
           "extern const ServiceInfo kServiceInfo;", "", "// Handlers."]
    out += [signature(manifest, reach, op.name, op.form) for op in manifest.operations]
    if manifest.authorisers():
        out += ["", "// Decisions that need more than a resource template."]
        out += [f"Result<void> {name}(AuthoriseContext& cx, const wire::View& in);" for name in manifest.authorisers()]
    if manifest.identifiers():
        out += ["", "// Who calls, as the input proves it."]
        out += [f"Result<Outcome> {op.identify}(Context& cx, const svc::{identifier(reach.operations[op.name].input)}& in, std::shared_ptr<const auth::Principal>& caller);"
                for op in manifest.operations if op.identify]
    if manifest.load_resource:
        out += ["", "/// Owner, resource policy and tags of what an ARN names.",
                "Result<void> load_resource(AuthoriseContext& cx, std::string_view arn, ResourceInfo& out);"]
    if manifest.tasks:
        out += ["", "// Tasks."] + [f"Result<void> {t.name}(TaskContext& cx);" for t in manifest.tasks]
    out += ["", "/// A type per operation, for the in-process client.", "namespace op {"]
    for op in manifest.operations:
        served = reach.operations[op.name]
        out.append(f"struct {op.name} {{ using Input = svc::{identifier(served.input)}; using Output = svc::{identifier(served.output)};"
                   " static const OperationInfo& info(); static const ServiceInfo& service(); };")
    return "\n".join(out + ["}  // namespace op", "", f"}}  // namespace fogbank::{folder}", ""])


def write_source(manifest: Manifest, reach: Reach) -> str:
    folder, ops = manifest.folder, manifest.operations
    rules = [rule for op in ops for rule in op.rules]
    keys = [key for op in ops for key in op.keys]
    out = [f"// Written by codegen/ from {folder}/service.toml. A handler that is declared and not defined does not link.",
           f'#include "gen/{folder}/operations.h"', "", f'#include "gen/{folder}/tables.h"']
    if any(op.form == "parking" or op.identify for op in ops):
        out.append('#include "gateway/context.h"')
    out += ["", f"namespace fogbank::{folder} {{", "namespace {", ""]
    if rules:
        out += ["constexpr ActionRule kRules[] = {", *(f"  {{{literal(a)}, {literal(r)}}}," for a, r in rules), "};", ""]
    if keys:
        out += ["constexpr KeyRule kKeys[] = {", *(f"  {{{literal(k)}, {literal(m)}}}," for k, m in keys), "};", ""]
    out += [f"constinit const OperationInfo kInfos[{len(ops)}] = {{"]
    first_rule = first_key = 0
    for i, op in enumerate(ops):
        entries = [f".wire = &kOperations[{i}]", f".form = Form::{op.form}", f".served = Served::{op.served}"]
        entries += [f".{name} = true" for name, on in (("slow", op.slow), ("public_without_policy", op.public), ("anonymous", op.anonymous)) if on]
        if op.max_body:
            entries.append(f".max_body = {op.max_body}")
        if op.rules:
            entries.append(f".rules = {{kRules + {first_rule}, {len(op.rules)}}}")
        if op.keys:
            entries.append(f".keys = {{kKeys + {first_key}, {len(op.keys)}}}")
        entries.append(f".action = {literal(op.action)}")
        if op.authorise:
            entries.append(f".authorise = {op.authorise}")
        out.append("  {" + ", ".join(entries) + ",")
        if op.identify:
            out.append(f"   {thunk(reach, op)},")
            out.append(f"   .identify = [](Context& cx, const void* in, std::shared_ptr<const auth::Principal>& caller) {{ "
                       f"return {op.identify}(cx, *static_cast<const svc::{identifier(reach.operations[op.name].input)}*>(in), caller); }}}},")
        else:
            out.append(f"   {thunk(reach, op)}}},")
        first_rule += len(op.rules)
        first_key += len(op.keys)
    out += ["};", ""]
    if manifest.tasks:
        out.append("constexpr TaskInfo kTasks[] = {")
        for t in manifest.tasks:
            out.append(f"  {{{literal(folder + '.' + t.name)}, TaskClass::{t.klass}, "
                       f"OnFailure::{t.on_failure}, {t.attempts}, {t.name}}},")
        out += ["};", ""]
    out += ["}  // namespace", "", "constinit const ServiceInfo kServiceInfo = {",
            f"  .wire = &kService, .folder = {literal(folder)}, .home = ServiceInfo::Home::{manifest.home}, .operations = {{kInfos, {len(ops)}}},"]
    if manifest.tasks:
        out.append(f"  .tasks = {{kTasks, {len(manifest.tasks)}}},")
    out += [f"  .load_resource = {'load_resource' if manifest.load_resource else 'nullptr'}"
            f"{'' if manifest.user_sessions else ', .refuses_user_sessions = true'}}};", ""]
    for i, op in enumerate(ops):
        out.append(f"const OperationInfo& op::{op.name}::info() {{ return kInfos[{i}]; }}")
        out.append(f"const ServiceInfo& op::{op.name}::service() {{ return kServiceInfo; }}")
    return "\n".join(out + ["", f"}}  // namespace fogbank::{folder}", ""])


def thunk(reach: Reach, op) -> str:
    """A handler as the table keeps it: with untyped input and output."""
    served = reach.operations[op.name]
    slot, result = ("parking", "Result<Outcome>") if op.form == "parking" else ("plain", "Result<void>")
    return (f".{slot} = [](Context& cx, const void* in, void* out) -> {result} {{ return {op.name}(cx, "
            f"*static_cast<const svc::{identifier(served.input)}*>(in), *static_cast<svc::{identifier(served.output)}*>(out)); }}")


def write_services(manifests: list[Manifest]) -> str:
    folders = [m.folder for m in manifests]
    out = ["// Every service of this program. Written by codegen/ from src/services/*/service.toml.",
           '#include "gateway/decide.h"', '#include "gateway/operation.h"', "", "namespace fogbank {", ""]
    out += [f"namespace {f} {{ extern const ServiceInfo kServiceInfo; }}" for f in folders]
    out += ["", "std::span<const ServiceInfo* const> all_services() {"]
    if folders:
        out += ["  static constexpr const ServiceInfo* kAll[] = {" + ", ".join(f"&{f}::kServiceInfo" for f in folders) + "};", "  return kAll;"]
    else:
        out.append("  return {};")
    worded = [m for m in manifests if m.denial]
    out += ["}", "", f"const char* denial_code(const ServiceInfo&{' service' if worded else ''}) {{"]
    out += [f"  if (&service == &{m.folder}::kServiceInfo) return {literal(m.denial)};" for m in worded] + ["  return nullptr;"]
    return "\n".join(out + ["}", "", "}  // namespace fogbank", ""])
