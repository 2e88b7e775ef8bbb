#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"
#include "wire/query.h"
#include "wire/scalars.h"
#include "wire/slots.h"

namespace fogbank::wire {

namespace {

constexpr size_t kMaxParams = 100000;  // PutMetricData: 1,000 data with up to 150 values or 30 dimensions each
constexpr char kDot = '\1';  // replaces '.', so that plain byte order keeps every subtree together

std::string_view decoded(std::string_view s, Arena& arena) {
  if (s.find('%') == std::string_view::npos && s.find('+') == std::string_view::npos) return s;
  return arena.copy(percent_decode(s, true));
}

class Reader {
 public:
  Reader(std::vector<Param>& params, bool ec2, Arena& arena) : params_(params), ec2_(ec2), arena_(arena) {}

  /// Reads the parameters [lo, hi), whose keys share `prefix` characters, into a structure.
  bool structure(const Shape& shape, char* base, size_t lo, size_t hi, size_t prefix, int depth) {
    if (depth >= kMaxDepth) return malformed("Request is nested too deeply");
    size_t hint = 0;
    while (lo < hi) {
      std::string_view name = piece(lo, prefix);
      size_t end = group_end(lo, hi, prefix, name);
      if (const Field* f = field_of(shape, name, hint)) {
        bool flat = f->flattened || ec2_;
        if (!value(*f->shape, base + f->offset, false, flat, lo, end, prefix + name.size(), depth + 1)) return false;
      }
      lo = end;
    }
    return true;
  }

  std::string take_message() { return std::move(message_); }

 private:
  /// The next piece of a key behind `prefix`; empty if the key ends there.
  std::string_view piece(size_t i, size_t prefix) const {
    std::string_view rest = params_[i].key.substr(std::min(prefix, params_[i].key.size()));
    return rest.substr(0, rest.find(kDot));
  }
  size_t group_end(size_t lo, size_t hi, size_t prefix, std::string_view name) const {
    size_t end = lo + 1;
    while (end < hi && piece(end, prefix) == name) end++;
    return end;
  }

  const Field* field_of(const Shape& shape, std::string_view name, size_t& hint) const {
    const Field* f = find_field(shape, name, hint, [](const Field& x) { return x.query_name; });
    return f || ec2_ ? f : find_field(shape, name, hint, [](const Field& x) { return x.wire_name; });
  }

  bool malformed(std::string text) {
    message_ = std::move(text);
    return false;
  }

  /// `prefix` is the length of the key of this value itself.
  bool value(const Shape& shape, void* slot, bool element, bool flattened, size_t lo, size_t hi, size_t prefix, int depth) {
    if (depth >= kMaxDepth || arena_.bytes_used() > kMaxArenaBytes) return malformed("Request is nested too deeply or too large");
    // All parameters with exactly this key come first; the last of them counts.
    const Param* own = nullptr;
    while (lo < hi && params_[lo].key.size() == prefix) own = &params_[lo++];
    if (is_scalar(shape.kind)) return lo < hi ? malformed("Unexpected complex element termination") : scalar(shape, slot, *own);
    if (own && !own->value.empty()) return malformed(shape.kind == Kind::list ? "Start of list found where not expected" : "Start of structure or map found where not expected.");
    switch (shape.kind) {
      case Kind::structure: return structure(shape, static_cast<char*>(make_structure(shape, slot, element, arena_)), lo, hi, prefix + 1, depth);
      case Kind::list: return list(shape, slot_as<RawList>(slot), flattened, lo, hi, prefix + 1, depth);
      case Kind::map: return map(shape, slot_as<RawList>(slot), flattened, lo, hi, prefix + 1, depth);
      default: return true;  // documents have no query form
    }
  }

  bool scalar(const Shape& shape, void* slot, const Param& p) {
    if (shape.kind == Kind::text) { slot_as<Str>(slot) = Str(p.value); return true; }
    if (parse_scalar(shape.kind, p.value, slot, arena_)) return true;
    std::string name(p.key);
    std::replace(name.begin(), name.end(), kDot, '.');
    return malformed(cat("Value (", utf8_prefix(p.value, 100), ") for parameter ", utf8_prefix(name, 100), " is invalid. Must be a valid ",
                         lower(kind_name(shape.kind)), "."));
  }

  struct Index { int64_t n; size_t lo, hi, prefix; };

  /// The numbered groups of a list or map in the order of their numbers. An `inner` name may stand before the numbers.
  bool indexes(size_t lo, size_t hi, size_t prefix, std::string_view inner, std::vector<Index>& out) {
    while (lo < hi) {
      std::string_view name = piece(lo, prefix);
      size_t end = group_end(lo, hi, prefix, name);
      if (!inner.empty() && name == inner) {
        while (lo < end && params_[lo].key.size() <= prefix + name.size()) lo++;  // "List.member=" without a number says nothing
        if (!indexes(lo, end, prefix + name.size() + 1, {}, out)) return false;
      } else {
        auto n = name.size() <= 9 ? parse_int(name) : std::nullopt;
        if (!n || *n < 0) return malformed("Unexpected list element termination");
        out.push_back({*n, lo, end, prefix + name.size()});
      }
      lo = end;
    }
    std::stable_sort(out.begin(), out.end(), [](const Index& a, const Index& b) { return a.n < b.n; });
    return true;
  }

  bool list(const Shape& shape, RawList& out, bool flattened, size_t lo, size_t hi, size_t prefix, int depth) {
    size_t stride = stride_of(shape);
    make_present(out, stride, arena_);
    std::vector<Index> found;
    if (!indexes(lo, hi, prefix, flattened ? std::string_view() : shape.element_name, found)) return false;
    for (const Index& i : found)
      if (!value(*shape.element, add_entry(out, stride, arena_), true, ec2_, i.lo, i.hi, i.prefix, depth + 1)) return false;
    return true;
  }

  bool map(const Shape& shape, RawList& out, bool flattened, size_t lo, size_t hi, size_t prefix, int depth) {
    size_t stride = stride_of(shape);
    make_present(out, stride, arena_);
    std::vector<Index> found;
    if (!indexes(lo, hi, prefix, flattened ? std::string_view() : "entry", found)) return false;
    for (const Index& i : found) {
      char* entry = add_entry(out, stride, arena_);
      bool keyed = false;
      for (size_t at = i.lo; at < i.hi;) {
        std::string_view name = piece(at, i.prefix + 1);
        size_t end = group_end(at, i.hi, i.prefix + 1, name);
        if (name == shape.key_name) {
          *reinterpret_cast<Str*>(entry) = Str(params_[end - 1].value);
          keyed = true;
        } else if (name == shape.element_name) {
          if (!value(*shape.element, entry + sizeof(Str), true, ec2_, at, end, i.prefix + 1 + name.size(), depth + 1)) return false;
        }
        at = end;
      }
      if (!keyed) return malformed("Unexpected map entry without a key");
    }
    return true;
  }

  std::vector<Param>& params_;
  bool ec2_;
  Arena& arena_;
  std::string message_;
};

/// Stable, and without memory of its own for requests of the usual size.
void sort_params(std::vector<Param>& params) {
  auto before = [](const Param& a, const Param& b) { return a.key < b.key; };
  if (params.size() > 40) { std::stable_sort(params.begin(), params.end(), before); return; }
  for (size_t i = 1; i < params.size(); i++) {
    Param p = params[i];
    size_t at = i;
    for (; at > 0 && before(p, params[at - 1]); at--) params[at] = params[at - 1];
    params[at] = p;
  }
}

}  // namespace

bool split_params(std::string_view form, std::vector<Param>& out, Arena& arena) {
  while (!form.empty()) {
    size_t amp = form.find('&');
    std::string_view one = form.substr(0, amp);
    form = amp == std::string_view::npos ? std::string_view() : form.substr(amp + 1);
    if (one.empty()) continue;
    if (out.size() == kMaxParams) return false;
    size_t eq = one.find('=');
    std::string_view value = eq == std::string_view::npos ? std::string_view("") : one.substr(eq + 1);
    out.push_back({decoded(one.substr(0, eq), arena), decoded(value, arena)});
  }
  return true;
}

Result<void> read_query(const Shape& structure, void* base, std::string_view query_string, std::string_view body, bool ec2, Arena& arena) {
  std::vector<Param> params;
  params.reserve(32);
  if (!split_params(query_string, params, arena) || !split_params(trim(body), params, arena))
    return fail("MalformedQueryString", "The request has too many parameters");
  for (Param& p : params) {
    if (!is_text(p.key) || !is_text(p.value)) return fail("MalformedInput", "The request is not valid UTF-8");
    if (p.key.find('.') == std::string_view::npos) continue;
    char* copy = const_cast<char*>(arena.copy(p.key).data());
    std::replace(copy, copy + p.key.size(), '.', kDot);
    p.key = {copy, p.key.size()};
  }
  sort_params(params);
  Reader reader(params, ec2, arena);
  if (reader.structure(structure, static_cast<char*>(base), 0, params.size(), 0, 0)) return {};
  return fail(ec2 ? "InvalidParameterValue" : "MalformedInput", reader.take_message());
}

}  // namespace fogbank::wire
