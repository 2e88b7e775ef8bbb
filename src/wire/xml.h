// XML bodies: rest-xml both ways, answers of query and ec2. Internal to src/wire. Thread-safe, no state.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "wire/model.h"
#include "wire/scalars.h"

namespace fogbank::wire {

struct XmlOptions {
  TimeText time = TimeText::iso8601;  ///< where neither member nor shape say otherwise
  bool body_only = false;             ///< of the top structure only the members that travel in the body
  bool answer = false;                ///< with body_only: an output, not an input
  bool query = false;                 ///< names of the query protocol
  const Field* payload = nullptr;     ///< the member whose name (or its shape's) the root element has to bear; null: any root
};

/// Escaped for element content and attributes alike.
void append_xml_text(std::string& out, std::string_view s);
/// <name>text</name>
void append_xml_element(std::string& out, std::string_view name, std::string_view text);
/// The members of a structure, without an element around them.
void write_xml_members(const Shape& structure, const void* base, std::string& out, const XmlOptions& options);
/// A structure as a whole element; `xmlns` may be null (then the shape's own is used).
void write_xml_root(std::string_view name, const char* xmlns, const char* prefix, const Shape& structure, const void* base, std::string& out,
                    const XmlOptions& options);

/// Reads the members of the root element into a zeroed struct. `wrapper`, if not null, names a child of the root that may hold them.
Result<void> read_xml(const Shape& structure, void* base, std::string_view body, const char* wrapper, Arena& arena, const XmlOptions& options);

/// What an error body says: <Error> alone, or inside <ErrorResponse> or <Response><Errors>.
struct XmlError {
  std::string code, message, type;
};
bool read_xml_error(std::string_view body, XmlError& out, const Shape* shape, void* base, Arena& arena);

}  // namespace fogbank::wire
