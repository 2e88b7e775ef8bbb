// Lists that are answered in pages: of entities in the order of path and name, and of short lists inside a record. The page ends with an
// opaque marker (rules.h). A list in path order goes on behind an entry that is gone; a short list refuses such a marker.
#pragma once
#include "gateway/context.h"
#include "services/iam/answers.h"
#include "services/iam/caches.h"
#include "services/iam/entities.h"
#include "services/iam/instance_profiles.h"

namespace fogbank::iam {

/// Where a marker of a list in path order points to.
inline Result<std::optional<PathPlace>> place_of(store::Reader& reader, const Scope& scope, std::string_view kind, Str marker) {
  if (!marker) return std::optional<PathPlace>();
  FB_ASSIGN(m, parse_marker(marker));
  if (!m.second.empty()) return std::optional<PathPlace>(PathPlace{m.first, m.second});
  std::optional<std::string> path;  // did not fit: it is read from the record
  if (kind == kPolicyKind) { if (auto p = reader.get_as<Policy>(policy_key(scope, m.first))) path = p->path; }
  else if (kind == kInstanceProfileKind) { if (auto p = find_instance_profile(reader, scope, m.first)) path = p->path; }
  else if (auto entity = kind_of(kind)) { if (auto e = find_entity(reader, scope, *entity, m.first)) path = e->path; }
  if (!path) return fail(validation_error("Invalid Marker."));
  return std::optional<PathPlace>(PathPlace{m.first, *path});
}

/// A page of the index of paths. `fill(reader, lower-case name)` puts one into the answer; what is gone it leaves out.
template <class In, class Out, class T, class Fill>
Result<void> list_by_path(Context& cx, std::string_view kind, const In& in, Out& out, List<T>& items, Fill fill) {
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto after = place_of(reader, cx.scope(), kind, in.Marker);
    if (!after) { result = fail(std::move(after.error())); return; }
    const size_t limit = page_size(in.MaxItems);
    std::vector<PathPlace> places;
    walk_paths(reader, cx.scope(), kind, in.PathPrefix.value_or("/"), *after, [&](const PathPlace& place) {
      places.push_back(place);
      return places.size() <= limit;
    });
    bool more = places.size() > limit;
    if (more) places.pop_back();
    items.reserve(cx.arena(), uint32_t(places.size()));
    for (const PathPlace& place : places) fill(reader, place.name);
    end_page(cx, out, more, more ? make_marker(places.back().name, places.back().path) : std::string());
  });
  return result;
}

template <class In, class Out, class T, class Fill>
Result<void> list_entities(Context& cx, EntityKind kind, const In& in, Out& out, List<T>& items, Fill fill) {
  Caches& caches = cx.state<Caches>();
  return list_by_path(cx, kind_name(kind), in, out, items, [&](store::Reader& reader, const std::string& name) {
    if (auto e = caches.entities.get(reader, entity_key(cx.scope(), kind, name))) fill(reader, *e, items.add(cx.arena()));
  });
}

/// A page of `all`, in their order. `name(item)` is what the marker remembers; `fill(item)` puts one into the answer.
template <class In, class Out, class T, class Name, class Fill>
Result<void> page_of(Context& cx, const In& in, Out& out, const std::vector<T>& all, Name name, Fill fill) {
  size_t at = 0;
  if (in.Marker) {
    FB_ASSIGN(m, parse_marker(in.Marker));
    while (at < all.size() && name(all[at]) != m.first) at++;
    if (at == all.size()) return fail(validation_error("Invalid Marker."));
    at++;
  }
  size_t end = std::min(all.size(), at + page_size(in.MaxItems));
  bool more = end < all.size();
  for (size_t i = at; i < end; i++) fill(all[i]);
  end_page(cx, out, more, more ? make_marker(name(all[end - 1])) : std::string());
  return {};
}

}  // namespace fogbank::iam
