// XML to structs by pugixml, parsed in place in an arena copy of the body, so that texts need no copy of their own. Names are compared
// without their namespace prefix. pugixml expands no entities but the five of XML and needs no recursion to parse.
#include <pugixml.hpp>

#include "base/encoding.h"
#include "base/strings.h"
#include "wire/slots.h"
#include "wire/xml.h"

namespace fogbank::wire {

namespace {

constexpr unsigned kParseOptions = pugi::parse_doctype | pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol | pugi::parse_wconv_attribute | pugi::parse_ws_pcdata_single;

std::string_view local_name(const char* qualified) {
  std::string_view s = qualified;
  size_t colon = s.find(':');
  return colon == std::string_view::npos ? s : s.substr(colon + 1);
}

bool load(pugi::xml_document& doc, std::string_view body, Arena& arena) {
  if (body.substr(0, 3) == "\xEF\xBB\xBF") body.remove_prefix(3);
  if (!is_text(body)) return false;
  char* copy = const_cast<char*>(arena.copy(body).data());
  if (!doc.load_buffer_inplace(copy, body.size(), kParseOptions, pugi::encoding_utf8)) return false;
  for (pugi::xml_node n = doc.first_child(); n; n = n.next_sibling()) if (n.type() == pugi::node_doctype) return false;   // AWS takes none
  return true;
}

class Reader {
 public:
  Reader(Arena& arena, const XmlOptions& options) : arena_(arena), options_(options) {}

  bool structure(const Shape& shape, char* base, pugi::xml_node node, int depth) {
    if (depth >= kMaxDepth) return false;
    if (node.first_attribute() && !attributes(shape, base, node)) return false;
    size_t hint = 0;
    for (pugi::xml_node child = node.first_child(); child; child = child.next_sibling()) {
      if (child.type() != pugi::node_element) continue;
      const Field* f = field_of(shape, local_name(child.name()), hint);
      if (!f || (depth == 0 && options_.body_only && !travels_in_body(*f, options_.answer))) continue;
      if (f->flattened && hint) hint--;  // its next element follows
      if (!member(*f, base + f->offset, child, depth)) return false;
    }
    return true;
  }

 private:
  const Field* field_of(const Shape& shape, std::string_view name, size_t& hint) {
    if (options_.query)
      if (const Field* f = find_field(shape, name, hint, [](const Field& x) { return x.query_name; })) return f;
    return find_field(shape, name, hint, [](const Field& x) { return x.wire_name; });
  }

  bool attributes(const Shape& shape, char* base, pugi::xml_node node) {
    for (const Field& f : shape.fields) {
      if (!f.xml_attribute) continue;
      for (pugi::xml_attribute a = node.first_attribute(); a; a = a.next_attribute())
        if (local_name(a.name()) == local_name(f.wire_name) && !parse_scalar(f.kind, a.value(), base + f.offset, arena_)) return false;
    }
    return true;
  }

  bool member(const Field& f, void* slot, pugi::xml_node node, int depth) {
    if (f.flattened && f.kind == Kind::list) {
      char* e = add_entry(slot_as<RawList>(slot), stride_of(*f.shape), arena_);
      return value(*f.shape->element, e, true, node, depth + 1);
    }
    if (f.flattened && f.kind == Kind::map) return entry(*f.shape, slot_as<RawList>(slot), node, depth + 1);
    return value(*f.shape, slot, false, node, depth + 1);
  }

  bool value(const Shape& shape, void* slot, bool element, pugi::xml_node node, int depth) {
    if (arena_.bytes_used() > kMaxArenaBytes) return false;
    switch (shape.kind) {
      case Kind::structure: return structure(shape, static_cast<char*>(make_structure(shape, slot, element, arena_)), node, depth);
      case Kind::list: return list(shape, slot_as<RawList>(slot), node, depth);
      case Kind::map: return map(shape, slot_as<RawList>(slot), node, depth);
      case Kind::document: return true;  // no XML form
      case Kind::text: slot_as<Str>(slot) = Str(text(node)); return true;
      default: return parse_scalar(shape.kind, trim(text(node)), slot, arena_);
    }
  }

  bool list(const Shape& shape, RawList& out, pugi::xml_node node, int depth) {
    if (depth >= kMaxDepth) return false;
    size_t stride = stride_of(shape);
    make_present(out, stride, arena_);
    for (pugi::xml_node child = node.first_child(); child; child = child.next_sibling()) {
      if (child.type() != pugi::node_element || local_name(child.name()) != shape.element_name) continue;
      if (!value(*shape.element, add_entry(out, stride, arena_), true, child, depth + 1)) return false;
    }
    return true;
  }

  bool map(const Shape& shape, RawList& out, pugi::xml_node node, int depth) {
    make_present(out, stride_of(shape), arena_);
    for (pugi::xml_node child = node.first_child(); child; child = child.next_sibling())
      if (child.type() == pugi::node_element && local_name(child.name()) == "entry" && !entry(shape, out, child, depth + 1)) return false;
    return true;
  }

  bool entry(const Shape& shape, RawList& out, pugi::xml_node node, int depth) {
    if (depth >= kMaxDepth) return false;
    char* e = add_entry(out, stride_of(shape), arena_);
    *reinterpret_cast<Str*>(e) = Str("");
    for (pugi::xml_node child = node.first_child(); child; child = child.next_sibling()) {
      if (child.type() != pugi::node_element) continue;
      std::string_view name = local_name(child.name());
      if (name == shape.key_name) *reinterpret_cast<Str*>(e) = Str(text(child));
      else if (name == shape.element_name && !value(*shape.element, e + sizeof(Str), true, child, depth + 1)) return false;
    }
    return true;
  }

  /// The text of an element; pieces around comments and CDATA are joined.
  std::string_view text(pugi::xml_node node) {
    std::string_view first;
    std::string joined;
    int pieces = 0;
    for (pugi::xml_node c = node.first_child(); c; c = c.next_sibling()) {
      if (c.type() != pugi::node_pcdata && c.type() != pugi::node_cdata) continue;
      if (pieces++ == 0) { first = c.value(); continue; }
      if (pieces == 2) joined = first;
      joined += c.value();
    }
    return pieces == 0 ? std::string_view("") : pieces == 1 ? first : arena_.copy(joined);
  }

  Arena& arena_;
  const XmlOptions& options_;
};

tl::unexpected<ApiError> malformed() {
  return fail("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
}

pugi::xml_node child_named(pugi::xml_node node, std::string_view name) {
  for (pugi::xml_node c = node.first_child(); c; c = c.next_sibling())
    if (c.type() == pugi::node_element && local_name(c.name()) == name) return c;
  return {};
}

bool may_be_root(const Field* payload, std::string_view name) {
  if (!payload) return true;
  const Shape& shape = *payload->shape;
  return name == payload->wire_name || name == shape.name || (shape.xml_name && name == shape.xml_name);
}

}  // namespace

Result<void> read_xml(const Shape& structure, void* base, std::string_view body, const char* wrapper, Arena& arena, const XmlOptions& options) {
  pugi::xml_document doc;
  if (!load(doc, body, arena)) return malformed();
  pugi::xml_node root = doc.document_element();
  if (!root || !may_be_root(options.payload, local_name(root.name()))) return malformed();
  if (wrapper) {
    if (pugi::xml_node inner = child_named(root, wrapper)) root = inner;
  }
  if (!Reader(arena, options).structure(structure, static_cast<char*>(base), root, 0)) return malformed();
  return {};
}

bool read_xml_error(std::string_view body, XmlError& out, const Shape* shape, void* base, Arena& arena) {
  pugi::xml_document doc;
  if (!load(doc, body, arena)) return false;
  pugi::xml_node error = doc.document_element();
  if (pugi::xml_node inner = child_named(error, "Errors")) error = inner;
  if (pugi::xml_node inner = child_named(error, "Error")) error = inner;
  pugi::xml_node code = child_named(error, "Code");
  if (!code) return false;
  out.code = code.child_value();
  pugi::xml_node message = child_named(error, "Message");
  if (!message) message = child_named(error, "message");
  out.message = message.child_value();
  out.type = child_named(error, "Type").child_value();
  XmlOptions options;
  return !shape || Reader(arena, options).structure(*shape, static_cast<char*>(base), error, 0);
}

}  // namespace fogbank::wire
