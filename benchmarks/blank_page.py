"""The least a Streamlit page with a slider and a chart can be: the yardstick of ``benchmarks.interaction``."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

rate = st.slider("rate", 0, 100, 50)
x = np.arange(2_000)
st.plotly_chart(go.Figure(go.Scatter(x=x, y=np.sin(x / 200.0) + rate * x / 1e5)), key="chart")
