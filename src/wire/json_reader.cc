// JSON to structs by simdjson's on-demand parser. The body is copied once into a padded buffer of the thread; every text is unescaped
// into one arena block of the body's size, so that values live as long as the request.
#include <simdjson.h>

#include <cmath>

#include "base/strings.h"
#include "wire/codec.h"
#include "wire/json.h"
#include "wire/scalars.h"
#include "wire/slots.h"

namespace fogbank::wire {

namespace {

/// Deeper than in other protocols: DynamoDB's values nest 32 levels, two each, inside up to six of the request, and one more must be told from malformed input.
constexpr int kJsonDepth = 74;

namespace od = simdjson::ondemand;

/// What a thread keeps for its next body; a large one is given back.
struct ThreadParser {
  od::parser parser;
  std::string padded;

  void release() {
    if (padded.capacity() <= (1u << 20)) return;
    padded = std::string();
    parser = od::parser();
  }
};

class Reader {
 public:
  Reader(ThreadParser& thread, Arena& arena, JsonOptions options) : thread_(thread), arena_(arena), options_(options) {}

  Result<void> read_structure(const Shape& shape, void* base, std::string_view body) {
    if (trim(body).empty()) return {};
    od::document doc;
    if (!open(body, {}, {}, doc)) return error();
    od::json_type type;
    if (doc.type().get(type)) return error();
    if (type == od::json_type::null) return trim(body) == "null" ? Result<void>{} : error();
    if (type != od::json_type::object) return mismatch_top(type), error();
    od::object object;
    if (doc.get_object().get(object)) return error();
    if (!structure(shape, static_cast<char*>(base), object, options_.body_only, 0)) return error();
    if (!doc.at_end()) return error();
    return {};
  }

  /// Any value: on-demand documents treat scalars apart, so the text is read as the only element of a list.
  Result<void> read_value(const Shape& shape, void* slot, std::string_view json) {
    if (trim(json).empty()) return error();
    od::document doc;
    if (!open(json, "[", "]", doc)) return error();
    od::array array;
    if (doc.get_array().get(array)) return error();
    int count = 0;
    for (auto item : array) {
      od::value v;
      if (item.get(v) || count++) return error();
      if (!value(shape, slot, true, v, 0)) return error();
    }
    if (count != 1 || !doc.at_end()) return error();
    return {};
  }

 private:
  bool open(std::string_view body, std::string_view before, std::string_view after, od::document& doc) {
    size_t size = before.size() + body.size() + after.size();
    thread_.padded.assign(before).append(body).append(after).append(simdjson::SIMDJSON_PADDING, '\0');
    const char* p = thread_.padded.data();
    text_size_ = size;
    return !thread_.parser.iterate(p, size, size + simdjson::SIMDJSON_PADDING).get(doc);
  }

  tl::unexpected<ApiError> error() {
    return fail("SerializationException", message_.empty() ? std::string("Unable to parse the request body as JSON") : std::move(message_));
  }

  bool mismatch(std::string text) {
    message_ = std::move(text);
    return false;
  }
  void mismatch_top(od::json_type type) {
    message_ = type == od::json_type::array ? "Start of list found where not expected" : "Unexpected value type in payload";
  }

  /// A scalar or a collection of the wrong type, worded as the services do.
  bool wrong_type(const Shape& shape, Kind kind, od::json_type type) {
    bool number = type == od::json_type::number, text = type == od::json_type::string;
    bool collection = type == od::json_type::object || type == od::json_type::array;
    const char* article = kind == Kind::integer ? "an " : "a ";
    if (options_.rest) {
      if (kind == Kind::text) article = "an ";  // as the services write it
      const char* from = number ? "class com.amazon.coral.value.json.numbers.TruncatingBigNumber" : text ? "class java.lang.String" : "class java.lang.Boolean";
      if (kind == Kind::list || kind == Kind::map) return mismatch(cat("Unrecognized collection type ", from));
      if (kind == Kind::structure && !collection) return mismatch(cat("Expected a structure, found ", from));
      if (!collection) return mismatch(cat(from, " can not be converted to ", article, kind_name(kind)));
    }
    if (type == od::json_type::object) return mismatch("Start of structure or map found where not expected.");
    if (type == od::json_type::array) return mismatch("Start of list found where not expected");
    (void)shape;
    if (!is_scalar(kind)) return mismatch("Unexpected value type in payload");
    const char* from = number ? "NUMBER_VALUE" : text ? "STRING_VALUE" : "BOOLEAN_VALUE";
    return mismatch(cat(from, " cannot be converted to ", kind_name(kind)));
  }

  bool text(od::raw_json_string raw, std::string_view& out) {
    if (!strings_) strings_ = static_cast<uint8_t*>(arena_.allocate(text_size_ + simdjson::SIMDJSON_PADDING, 1));
    return !thread_.parser.unescape(raw, strings_, false).get(out);
  }

  bool structure(const Shape& shape, char* base, od::object& object, bool body_only, int depth) {
    if (depth > kJsonDepth) return mismatch("Request is nested too deeply");
    size_t hint = 0;
    for (auto item : object) {
      od::field f;
      if (std::move(item).get(f)) return false;
      std::string_view key = f.escaped_key();
      if (key.find('\\') != std::string_view::npos && !text(f.key(), key)) return false;
      const Field* field = options_.model_names ? find_field(shape, key, hint, [](const Field& x) { return x.name; })
                                                : find_field(shape, key, hint, [](const Field& x) { return x.wire_name; });
      if (!field || (body_only && !travels_in_body(*field, options_.answer))) continue;
      od::value v = f.value();
      if (field->kind == Kind::text) {  // the commonest member by far
        od::raw_json_string raw;
        if (!v.get_raw_json_string().get(raw)) {
          std::string_view s;
          if (!text(raw, s)) return false;
          slot_as<Str>(base + field->offset) = Str(s);
          continue;
        }
      }
      if (!value(*field->shape, base + field->offset, false, v, depth)) return false;
    }
    return true;
  }

  bool value(const Shape& shape, void* slot, bool element, od::value& v, int depth) {
    if (arena_.bytes_used() > kMaxArenaBytes) return mismatch("Request is too large");
    od::json_type type;
    if (v.type().get(type)) return false;
    if (type == od::json_type::null) {
      if (v.is_null().error()) return false;
      if (shape.kind == Kind::document) slot_as<Document>(slot).type = Document::Type::null;
      return true;
    }
    switch (shape.kind) {
      case Kind::structure: {
        if (type != od::json_type::object) return wrong_type(shape, shape.kind, type);
        od::object object;
        if (v.get_object().get(object)) return false;
        return structure(shape, static_cast<char*>(make_structure(shape, slot, element, arena_)), object, false, depth + 1);
      }
      case Kind::list: return list(shape, slot_as<RawList>(slot), type, v, depth + 1);
      case Kind::map: return map(shape, slot_as<RawList>(slot), type, v, depth + 1);
      case Kind::document: return document(slot_as<Document>(slot), type, v, depth + 1);
      case Kind::boolean: {
        bool b;
        if (type != od::json_type::boolean) return wrong_type(shape, shape.kind, type);
        if (v.get_bool().get(b)) return false;
        slot_as<Opt<bool>>(slot) = b;
        return true;
      }
      case Kind::text:
      case Kind::blob: return string(shape, slot, type, v);
      case Kind::timestamp: return timestamp(shape, slot, type, v);
      default: return number(shape, slot, type, v);
    }
  }

  bool list(const Shape& shape, RawList& out, od::json_type type, od::value& v, int depth) {
    if (depth > kJsonDepth) return mismatch("Request is nested too deeply");
    if (type != od::json_type::array) return wrong_type(shape, Kind::list, type);
    od::array array;
    if (v.get_array().get(array)) return false;
    out = RawList{};
    size_t stride = stride_of(shape);
    make_present(out, stride, arena_);
    for (auto item : array) {
      od::value e;
      if (item.get(e)) return false;
      if (!value(*shape.element, add_entry(out, stride, arena_), true, e, depth)) return false;
    }
    return true;
  }

  bool map(const Shape& shape, RawList& out, od::json_type type, od::value& v, int depth) {
    if (depth > kJsonDepth) return mismatch("Request is nested too deeply");
    if (type != od::json_type::object) return wrong_type(shape, Kind::map, type);
    od::object object;
    if (v.get_object().get(object)) return false;
    out = RawList{};
    size_t stride = stride_of(shape);
    make_present(out, stride, arena_);
    for (auto item : object) {
      od::field f;
      if (std::move(item).get(f)) return false;
      std::string_view key;
      if (!text(f.key(), key)) return false;
      char* entry = add_entry(out, stride, arena_);
      *reinterpret_cast<Str*>(entry) = Str(key);
      od::value e = f.value();
      if (!value(*shape.element, entry + sizeof(Str), true, e, depth)) return false;
    }
    return true;
  }

  bool string(const Shape& shape, void* slot, od::json_type type, od::value& v) {
    if (type != od::json_type::string) return wrong_type(shape, shape.kind, type);
    od::raw_json_string raw;
    std::string_view s;
    if (v.get_raw_json_string().get(raw) || !text(raw, s)) return false;
    if (shape.kind == Kind::text) { slot_as<Str>(slot) = Str(s); return true; }
    return decode_base64(s, slot_as<Blob>(slot), arena_) || mismatch("Invalid base64 encoding");
  }

  bool timestamp(const Shape& shape, void* slot, od::json_type type, od::value& v) {
    int64_t millis;
    if (type == od::json_type::number) {
      if (!parse_unix_time(trim(v.raw_json_token()), millis)) return mismatch("Timestamp out of range");
      double consumed;  // the token is only looked at until it is read
      if (v.get_double().get(consumed)) return false;
    } else if (type == od::json_type::string) {
      od::raw_json_string raw;
      std::string_view s;
      if (v.get_raw_json_string().get(raw) || !text(raw, s)) return false;
      if (!parse_time(s, millis)) return mismatch(cat("Unable to parse date: ", s.substr(0, 100)));
    } else {
      return wrong_type(shape, Kind::timestamp, type);
    }
    slot_as<Opt<int64_t>>(slot) = millis;
    return true;
  }

  bool number(const Shape& shape, void* slot, od::json_type type, od::value& v) {
    bool whole = shape.kind == Kind::integer || shape.kind == Kind::longint;
    if (type == od::json_type::string && !whole) {  // NaN and the infinities have no JSON number
      od::raw_json_string raw;
      std::string_view s;
      if (v.get_raw_json_string().get(raw) || !text(raw, s)) return false;
      bool named = s == "NaN" || s == "Infinity" || s == "-Infinity";
      return (named && parse_scalar(shape.kind, s, slot, arena_)) || wrong_type(shape, shape.kind, type);
    }
    if (type != od::json_type::number) return wrong_type(shape, shape.kind, type);
    if (whole) {
      int64_t n;
      if (v.get_int64().get(n)) {
        double d;
        if (v.get_double().get(d)) return mismatch("Number out of range");
        if (d != std::floor(d) || std::fabs(d) > 9.0e18) return mismatch(cat("NUMBER_VALUE cannot be converted to ", kind_name(shape.kind)));
        n = static_cast<int64_t>(d);
      }
      if (shape.kind == Kind::longint) { slot_as<Opt<int64_t>>(slot) = n; return true; }
      if (n != static_cast<int32_t>(n)) return mismatch(cat("Value out of range for Integer: ", n));
      slot_as<Opt<int32_t>>(slot) = static_cast<int32_t>(n);
      return true;
    }
    double d;
    if (v.get_double().get(d)) return mismatch("Number out of range");
    if (shape.kind == Kind::float64) slot_as<Opt<double>>(slot) = d;
    else slot_as<Opt<float>>(slot) = static_cast<float>(d);
    return true;
  }

  bool document(Document& out, od::json_type type, od::value& v, int depth) {
    if (depth > kJsonDepth) return mismatch("Request is nested too deeply");
    if (arena_.bytes_used() > kMaxArenaBytes) return mismatch("Request is too large");
    switch (type) {
      case od::json_type::null: out.type = Document::Type::null; return !v.is_null().error();
      case od::json_type::boolean: out.type = Document::Type::boolean; return !v.get_bool().get(out.boolean);
      case od::json_type::string: {
        od::raw_json_string raw;
        std::string_view s;
        if (v.get_raw_json_string().get(raw) || !text(raw, s)) return false;
        out.type = Document::Type::text;
        out.text = Str(s);
        return true;
      }
      case od::json_type::number: return document_number(out, v);
      case od::json_type::array: return document_array(out, v, depth);
      case od::json_type::object: return document_object(out, v, depth);
      default: return false;
    }
  }

  bool document_number(Document& out, od::value& v) {
    out.type = Document::Type::number;
    if (!v.get_int64().get(out.integer)) {
      out.integral = true;
      out.number = static_cast<double>(out.integer);
      return true;
    }
    return !v.get_double().get(out.number);
  }

  bool document_array(Document& out, od::value& v, int depth) {
    od::array array;
    if (v.get_array().get(array)) return false;
    out.type = Document::Type::array;
    out.array = {};
    out.array.reserve(arena_, 4);
    for (auto item : array) {
      od::value e;
      od::json_type type;
      if (item.get(e) || e.type().get(type) || !document(out.array.add(arena_), type, e, depth + 1)) return false;
    }
    return true;
  }

  bool document_object(Document& out, od::value& v, int depth) {
    od::object object;
    if (v.get_object().get(object)) return false;
    out.type = Document::Type::object;
    out.object = {};
    out.object.reserve(arena_, 4);
    for (auto item : object) {
      od::field f;
      std::string_view key;
      if (std::move(item).get(f) || !text(f.key(), key)) return false;
      od::value e = f.value();
      od::json_type type;
      if (e.type().get(type) || !document(out.object.add(arena_, Str(key)), type, e, depth + 1)) return false;
    }
    return true;
  }

  ThreadParser& thread_;
  Arena& arena_;
  JsonOptions options_;
  uint8_t* strings_ = nullptr;
  size_t text_size_ = 0;
  std::string message_;
};

template <class F> Result<void> with_reader(Arena& arena, JsonOptions options, F f) {
  thread_local ThreadParser parser;
  struct Release { ThreadParser& p; ~Release() { p.release(); } };
  Release release{parser};
  Reader reader(parser, arena, options);
  return f(reader);
}

}  // namespace

Result<void> read_json(const Shape& structure, void* base, std::string_view body, Arena& arena, JsonOptions options) {
  return with_reader(arena, options, [&](Reader& r) { return r.read_structure(structure, base, body); });
}

Result<void> read_json_value(const Shape& shape, void* slot, std::string_view json, Arena& arena, JsonOptions options) {
  return with_reader(arena, options, [&](Reader& r) { return r.read_value(shape, slot, json); });
}

Result<void*> from_json(const Shape& shape, std::string_view json, Arena& arena) {
  void* slot = zeroed(arena, shape.size);
  JsonOptions options;
  options.model_names = true;
  FB_TRY(read_json_value(shape, slot, json, arena, options));
  return slot;
}

}  // namespace fogbank::wire
