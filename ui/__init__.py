"""What pages share: frame, context, catalogue of sentences, charts, exports, cached engine calls."""
