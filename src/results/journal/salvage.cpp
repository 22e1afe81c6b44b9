#include "salvage.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/hash.h"

#include "fit_text.h"
#include "journal_line.h"
#include "run_history.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// The id behind `"fit":` in what is left of a line.
std::optional<FitId> fit_in(std::string_view rest) {
  constexpr std::string_view kKey = "\"fit\":\"";
  const std::size_t at = rest.find(kKey);
  if (at == std::string_view::npos) return std::nullopt;
  return FitId::from_hex(rest.substr(at + kKey.size(), FitId::kDigits));
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// One journal's salvage: looks at its lines, then writes what it has kept.
class Salvager {
 public:
  Salvager(const JournalHeader& header, const Job& job, const Plan& plan)
      : header_(header), grown_{job, plan} {
    for (const Fit& fit : plan.fits) planned_.insert(fit.id);
  }

  void look_at(std::string_view line) {
    ++line_;
    std::size_t from = 0;
    for (SoundPiece& piece : sound_pieces(line)) {
      lose(line.substr(from, piece.begin - from));
      ++salvage_.lines;
      take(line.substr(piece.begin, piece.end - piece.begin), piece.value);
      from = piece.end;
    }
    lose(line.substr(from));
  }

  Salvage finish() {
    const std::vector<StageRecord> sound = sound_stages();
    grow_by(sound);
    drop_unplanned();
    for (const StageRecord& record : sound) keep(JournalStage{.record = record});
    CF_VALIDATE(is_ours_, ErrorCode::bad_input,
                "holds no sound line that belongs to this run (it is of another run or another "
                "file, or too much is lost). move it away to train everything again");
    for (const Loss& loss : losses_) salvage_.notes.push_back(text_of(loss));
    write(header_);
    int version = header_.version;
    for (const auto& [line, entry] : entries_) {
      if (const auto* format = std::get_if<JournalFormat>(&entry)) version = format->version;
      if (const auto* fit = std::get_if<JournalFit>(&entry)) {
        describe_class(fit->class_id);
        const bool in_segment = fit->artefacts && !fit->artefacts->segment.empty();
        if (in_segment && std::exchange(version, kJournalVersion) < kJournalVersion)
          write(JournalFormat{});  // its line was lost
      }
      write(entry);
    }
    return std::move(salvage_);
  }

 private:
  struct Loss {
    std::size_t line = 0;
    std::string what;
    std::optional<FitId> fit;
  };

  void lose(std::string_view rest) {
    if (is_blank(rest)) return;
    ++salvage_.lines;
    losses_.push_back({.line = line_,
                       .what = fmt::format("{} bytes that no checksum fits", rest.size()),
                       .fit = fit_in(rest)});
  }
  void leave_out(std::string why) {
    losses_.push_back({.line = line_, .what = std::move(why), .fit = std::nullopt});
  }

  void take(std::string_view text, const json& value) {
    if (is_foreign_ && value.value("kind", "") != "header") return;
    const auto [known, fresh] = seen_.emplace(sha256(text).hex(), line_);
    if (!fresh) return leave_out(fmt::format("repeats line {}", known->second));
    try {
      JournalEntry entry = journal_entry_from_json(value);
      std::visit([&](auto& read) { take(read); }, entry);
    } catch (const Error& error) {
      if (value.value("kind", "") == "header") throw;  // of another version: not ours to change
      leave_out(error.what());
    }
  }
  void take(JournalHeader& header) {
    is_foreign_ = header.plan_sha256 != grown_.plan.hash.hex();
    if (is_foreign_)
      return leave_out("begins the journal of another run, whose lines are left out");
    if (std::exchange(has_header_, true)) return leave_out("is a second header of this run");
    is_ours_ = true;
    ++salvage_.kept;
    header_ = header;
  }
  void take(JournalFormat& format) { keep(format); }
  void take(JournalClass& class_label) {
    ++salvage_.kept;
    classes_.emplace(class_label.id, class_label.text);
  }
  void take(JournalSession& session) {
    if (session.event == JournalSession::Event::start) {
      const std::string class_label = session.facts.value("equivalence_class", "");
      if (!class_label.empty()) sessions_classes_.emplace(class_id(class_label), class_label);
    }
    keep(std::move(session));
  }
  void take(JournalStage& stage) { stages_.emplace_back(line_, std::move(stage.record)); }
  void take(JournalFit& fit) {
    const bool is_planned = planned_.contains(fit.result.id);
    if (!is_planned && fits_to_come(grown_.plan) == 0)
      return leave_out(
          fmt::format("records fit {}, which this run does not have", fit.result.id.hex()));
    is_ours_ = is_ours_ || is_planned;
    if (!fit.result.failed()) done_.insert(fit.result.id);
    keep(std::move(fit));
  }
  void take(JournalCohort& cohort) { keep(std::move(cohort)); }
  void take(JournalLost& lost) { keep(std::move(lost)); }
  void keep(JournalEntry entry) {
    ++salvage_.kept;
    entries_.emplace_back(line_, std::move(entry));
  }

  /// The stages that follow from the fits that are kept; of a chain only those before the first one
  /// that does not, or whose line was lost. The others are decided again, as the lost fits are
  /// trained again.
  std::vector<StageRecord> sound_stages() {
    std::stable_sort(stages_.begin(), stages_.end(), [](const auto& a, const auto& b) {
      return a.second.number < b.second.number;
    });
    std::vector<StageRecord> sound;
    for (auto& [line, record] : stages_) {
      if (follows(sound, record)) {
        sound.push_back(record);
        continue;
      }
      losses_.push_back({.line = line,
                         .what = fmt::format("a stage of {}, which does not follow from what is "
                                             "kept and is decided again",
                                             place_of(record)),
                         .fit = std::nullopt});
    }
    return sound;
  }

  /// The stages that follow from the fits that are kept, these among them; `plan` grows by them.
  std::vector<Stage> decide(GrownPlan& plan, const std::vector<StageRecord>& expected) const {
    const std::unique_ptr<StageRule> rule = make_stage_rule(plan.job, plan.plan);
    Stages stages(plan.job, plan.plan, *rule);
    for (const StageRecord& record : expected) stages.expect(record);
    for (const auto& [line, entry] : entries_)
      if (const auto* fit = std::get_if<JournalFit>(&entry))
        if (!fit->result.failed()) stages.take(fit->result);
    return stages.advance();
  }

  [[nodiscard]] bool follows(std::vector<StageRecord> before, const StageRecord& record) const {
    try {
      GrownPlan plan = grown_;
      before.push_back(record);
      const std::vector<Stage> decided = decide(plan, before);
      return std::any_of(decided.begin(), decided.end(), [&](const Stage& stage) {
        return stage.was_expected && stage.record == record;
      });
    } catch (const Error&) {
      return false;
    }
  }

  /// Adds what was drawn on the way, as far as it follows from what is kept.
  void grow_by(const std::vector<StageRecord>& sound) {
    if (fits_to_come(grown_.plan) == 0) return;
    static_cast<void>(decide(grown_, sound));
    for (const Fit& fit : grown_.plan.fits) planned_.insert(fit.id);
  }

  /// Leaves out the fits of candidates that are not drawn again.
  void drop_unplanned() {
    std::erase_if(entries_, [&](const auto& kept) {
      const auto* fit = std::get_if<JournalFit>(&kept.second);
      if (fit == nullptr || planned_.contains(fit->result.id)) return false;
      --salvage_.kept;
      losses_.push_back({.line = kept.first,
                         .what = fmt::format("records fit {}, whose candidate does not follow from "
                                             "what is kept",
                                             fit->result.id.hex()),
                         .fit = std::nullopt});
      return true;
    });
  }

  [[nodiscard]] std::string text_of(const Loss& loss) const {
    std::string text = fmt::format("line {}: {}", loss.line, loss.what);
    if (!loss.fit) return text;
    return text + fmt::format("; {}, {}", fit_text(grown_.job, grown_.plan, *loss.fit),
                              !planned_.contains(*loss.fit) ? "which this run does not have"
                              : done_.contains(*loss.fit)   ? "which another line records"
                                                            : "is to be done again");
  }

  void describe_class(const std::string& id) {
    if (id.empty() || !described_.insert(id).second) return;
    const auto own = classes_.find(id);
    const auto of_session = sessions_classes_.find(id);
    write(JournalClass{.id = id,
                       .text = own != classes_.end() ? own->second
                               : of_session != sessions_classes_.end()
                                   ? of_session->second
                                   : "unknown (its line in the journal was lost)"});
  }
  void write(const JournalEntry& entry) { salvage_.journal += journal_line(to_json(entry)); }

  JournalHeader header_;
  GrownPlan grown_;  ///< as far as is known
  std::unordered_set<FitId> planned_;
  Salvage salvage_;
  std::size_t line_ = 0;                               ///< of the file, as it is now
  std::unordered_map<std::string, std::size_t> seen_;  ///< line of each piece, by its hash
  bool has_header_ = false;
  bool is_ours_ = false;
  bool is_foreign_ = false;  ///< behind the header of another run
  std::map<std::string, std::string> classes_;
  std::map<std::string, std::string> sessions_classes_;
  std::unordered_set<std::string> described_;
  std::unordered_set<FitId> done_;
  std::vector<std::pair<std::size_t, JournalEntry>> entries_;  ///< with their lines
  std::vector<std::pair<std::size_t, StageRecord>> stages_;    ///< with their lines
  std::vector<Loss> losses_;
};

}  // namespace

Salvage salvage_journal(std::string_view text, const JournalHeader& header, const Job& job,
                        const Plan& plan) {
  Salvager salvager(header, job, plan);
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    salvager.look_at(text.substr(0, length));
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return salvager.finish();
}

std::string class_id(const std::string& class_label) {
  return sha256(class_label).hex().substr(0, 12);
}

}  // namespace crossfold
